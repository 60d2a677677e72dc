// Package origin checks of a request what an origin has to know before it believes it: that Postern
// signed it, for this address, and not long ago. docs/ORIGIN.md says the same in words.
package origin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How far the clocks of gate and origin may be apart.
const toleranceSeconds = 300

// The largest body that is read; `max_body` of the policy is 1 MiB where it says nothing.
const bodyBytesMax = 1 << 20

// The gate's own fields, in the order in which it signs them; the last has no line when absent.
var fields = []string{
	"postern-source", "postern-event", "postern-id", "postern-key", "postern-content-key",
	"postern-attempt", "postern-maybe-duplicate", "postern-proof", "postern-verdict",
	"postern-reason", "postern-tenant",
}

var (
	isID   = regexp.MustCompile(`\A[0-9a-f]{64}\z`)
	isTime = regexp.MustCompile(`\A[0-9]{1,12}\z`)
)

// Event is what a forward says, all of it signed.
type Event struct {
	Key, ContentKey, Source, Type, ID, Proof, Tenant string
	Attempt                                          uint64
	MaybeDuplicate                                   bool
}

// Verify gives the event of a forward, or nil for a request that is not from the gate.
//
// url is the destination as the policy has it, with the query of the request where its sender signs
// one; never what a header says of it. body is the bytes as they came, secrets the values of
// sign_forwards: one, or two while it is rotated.
func Verify(
	method, url string, header http.Header, body []byte, secrets []string, now time.Time,
) *Event {
	get := func(name string) string { return strings.Join(header.Values(name), ", ") }
	id, timestamp := get("webhook-id"), get("webhook-timestamp")
	if !isID.MatchString(id) || !isTime.MatchString(timestamp) {
		return nil
	}
	seconds, _ := strconv.ParseInt(timestamp, 10, 64)
	apart := now.Unix() - seconds
	if apart > toleranceSeconds || apart < -toleranceSeconds || hasOtherFields(header) {
		return nil
	}
	values := make([]string, len(fields))
	for i, name := range fields {
		values[i] = get(name)
	}
	signed := values
	if values[10] == "" {
		signed = values[:10]
	}
	for _, secret := range secrets {
		key := keyOf(secret)
		ofBody := sign(key, []byte(id+"."+timestamp+"."), body)
		lines := append([]string{"postern-forward-1", method, url, id, timestamp, ofBody}, signed...)
		ofFields := sign(key, []byte(strings.Join(lines, "\n")+"\n"))
		if len(key) >= 24 && holds(get("webhook-signature"), ofBody) &&
			holds(get("postern-signature"), ofFields) {
			attempt, _ := strconv.ParseUint(values[5], 10, 64)
			return &Event{
				Source: values[0], Type: values[1], ID: values[2], Key: values[3],
				ContentKey: values[4], Attempt: attempt, MaybeDuplicate: values[6] == "true",
				Proof: values[7], Tenant: values[10],
			}
		}
	}
	return nil
}

// hasOtherFields tells of a postern- header as the gate never sends one: unsigned, or empty.
func hasOtherFields(header http.Header) bool {
	for name, values := range header {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "postern-") || lower == "postern-signature" {
			continue
		}
		known := false
		for _, field := range fields {
			known = known || field == lower
		}
		if !known || strings.Join(values, ", ") == "" {
			return true
		}
	}
	return false
}

// keyOf gives the bytes of a secret; none for a text that is no secret.
func keyOf(secret string) []byte {
	text := strings.TrimRight(strings.TrimPrefix(secret, "whsec_"), "=")
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return key
}

func sign(key []byte, parts ...[]byte) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// holds tells whether one of the signatures in a header is mac. Compares in constant time.
func holds(header, mac string) bool {
	for _, one := range strings.Split(header, " ") {
		if hmac.Equal([]byte(one), []byte("v1,"+mac)) {
			return true
		}
	}
	return false
}

// Handler hands the forwards of the gate to book, which does the work in one transaction with
// event.Key in a column that is unique. http.Handle("/webhooks", origin.Handler(…)).
func Handler(url string, secrets []string, book func(*Event, []byte) error) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, bodyBytesMax))
		if err != nil {
			answer.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		event := Verify(request.Method, url, request.Header, body, secrets, time.Now())
		if event == nil {
			answer.WriteHeader(http.StatusUnauthorized)
		} else if book(event, body) != nil {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}
