// Reads requests, a line each, and prints what verify_forward.go says of them: origins_test.mjs.
// With an argument it serves Handler at that port of loopback instead.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"example/origin"
)

func decode(text string) []byte {
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return bytes
}

func serve(port, url, secret string) {
	book := func(event *origin.Event, body []byte) error {
		fmt.Println(event.Source, event.Type, len(body))
		return nil
	}
	http.Handle("/webhooks", origin.Handler(url, []string{secret}, book))
	panic(http.ListenAndServe("127.0.0.1:"+port, nil))
}

func main() {
	if len(os.Args) > 1 {
		serve(os.Args[1], os.Args[2], os.Args[3])
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		header := http.Header{}
		for _, one := range parts[5:] {
			name, value, _ := strings.Cut(one, "=")
			header.Set(name, string(decode(value)))
		}
		now, _ := strconv.ParseInt(parts[2], 10, 64)
		event := origin.Verify(parts[0], parts[1], header, decode(parts[4]),
			strings.Split(parts[3], " "), time.Unix(now, 0))
		if event == nil {
			fmt.Println("refused")
			continue
		}
		fmt.Println(strings.Join([]string{
			event.Key, event.ContentKey, strconv.FormatUint(event.Attempt, 10),
			strconv.FormatBool(event.MaybeDuplicate), event.Source, event.Type, event.ID,
			event.Proof,
		}, "\t"))
	}
}
