// Reads requests, a line each, and prints what VerifyForward.java says of them: origins_test.mjs.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public final class Run {
  public static void main(String[] arguments) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] parts = line.split("\t", -1);
      Map<String, String> headers = new HashMap<>();
      for (int i = 5; i < parts.length; i++) {
        String[] header = parts[i].split("=", 2);
        byte[] value = Base64.getDecoder().decode(header[1]);
        headers.put(header[0], new String(value, StandardCharsets.ISO_8859_1));
      }
      System.out.println(VerifyForward.verifyForward(
              parts[0], parts[1], headers, Base64.getDecoder().decode(parts[4]),
              List.of(parts[3].split(" ", -1)), Long.parseLong(parts[2]))
          .map(event -> String.join("\t", event.key(), event.contentKey(),
              Long.toUnsignedString(event.attempt()), String.valueOf(event.maybeDuplicate()),
              event.source(), event.type(), event.id(), event.proof()))
          .orElse("refused"));
    }
  }
}
