// What an origin checks of a request before it believes it: that Postern signed it, for this
// address, and not long ago. Java's own classes, from 17 on. docs/ORIGIN.md says it in words.

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class VerifyForward {
  /** How far the clocks of gate and origin may be apart. */
  private static final long TOLERANCE_SECONDS = 300;

  /** The gate's own fields, in the order in which it signs them; the last has no line when absent. */
  private static final List<String> FIELDS = List.of(
      "postern-source", "postern-event", "postern-id", "postern-key", "postern-content-key",
      "postern-attempt", "postern-maybe-duplicate", "postern-proof", "postern-verdict",
      "postern-reason", "postern-tenant");

  /** What a forward says, all of it signed. `attempt` is unsigned: Long.compareUnsigned. */
  public record Event(
      String key, String contentKey, long attempt, boolean maybeDuplicate, String source,
      String type, String id, String proof, String tenant) {}

  private VerifyForward() {}

  /**
   * The event of a forward, or nothing for a request that is not from the gate.
   *
   * <p>`url` is the destination as the policy has it, with the query of the request where its
   * sender signs one; never what a header says of it. `headers` has names in lower case, `body` the
   * bytes as they came, `secrets` the values of `sign_forwards`: one, or two while it is rotated.
   */
  public static Optional<Event> verifyForward(
      String method, String url, Map<String, String> headers, byte[] body, List<String> secrets,
      long nowSeconds) {
    String id = headers.getOrDefault("webhook-id", "");
    String timestamp = headers.getOrDefault("webhook-timestamp", "");
    if (!id.matches("[0-9a-f]{64}") || !timestamp.matches("[0-9]{1,12}")) {
      return Optional.empty();
    }
    if (Math.abs(nowSeconds - Long.parseLong(timestamp)) > TOLERANCE_SECONDS
        || hasOtherFields(headers)) {
      return Optional.empty();
    }
    List<String> values = FIELDS.stream().map(name -> headers.getOrDefault(name, "")).toList();
    boolean isSigned = secrets.stream().anyMatch(secret -> {
      byte[] key = keyOf(secret);
      if (key.length < 24) {
        return false;
      }
      String ofBody = sign(key, bytes(id + "." + timestamp + "."), body);
      Stream<String> lines = Stream.concat(
          Stream.of("postern-forward-1", method, url, id, timestamp, ofBody),
          values.stream().limit(values.get(10).isEmpty() ? 10 : 11));
      String ofFields = sign(key, lines.map(line -> bytes(line + "\n")).toArray(byte[][]::new));
      return holds(headers.get("webhook-signature"), ofBody)
          && holds(headers.get("postern-signature"), ofFields);
    });
    return isSigned ? Optional.of(eventOf(values)) : Optional.empty();
  }

  private static Event eventOf(List<String> values) {
    String attempt = values.get(5);
    return new Event(
        values.get(3), values.get(4), attempt.isEmpty() ? 0 : Long.parseUnsignedLong(attempt),
        values.get(6).equals("true"), values.get(0), values.get(1), values.get(2), values.get(7),
        values.get(10));
  }

  /** Whether there is a `postern-` header as the gate never sends one: unsigned, or empty. */
  private static boolean hasOtherFields(Map<String, String> headers) {
    return headers.entrySet().stream().anyMatch(header -> header.getKey().startsWith("postern-")
        && !header.getKey().equals("postern-signature")
        && (header.getValue().isEmpty() || !FIELDS.contains(header.getKey())));
  }

  /** The bytes of a secret; none for a text that is no secret, by which nothing is believed. */
  private static byte[] keyOf(String secret) {
    try {
      return Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
    } catch (IllegalArgumentException failure) {
      return new byte[0];
    }
  }

  private static String sign(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return Base64.getEncoder().encodeToString(mac.doFinal());
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);  // every Java has HMAC-SHA256
    }
  }

  /** Whether one of the signatures in a header is `mac`. Compares in constant time. */
  private static boolean holds(String header, String mac) {
    return header != null && Stream.of(header.split(" "))
        .anyMatch(one -> MessageDigest.isEqual(bytes(one), bytes("v1," + mac)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
