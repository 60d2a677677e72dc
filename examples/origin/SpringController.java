// A controller of Spring behind the gate, beside VerifyForward.java.

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class SpringController {
  private final String destination;
  private final List<String> secrets;
  private final Bookings bookings;

  /** `postern.destination` is what `to` of the policy has. */
  public SpringController(
      @Value("${postern.destination}") String destination,
      @Value("${postern.secrets}") List<String> secrets, Bookings bookings) {
    this.destination = destination;
    this.secrets = secrets;
    this.bookings = bookings;
  }

  /**
   * Reads the bytes by itself: of a form, {@code @RequestBody byte[]} is what Spring writes anew
   * from its parameters. Let no filter before it call {@code getParameter}.
   */
  @PostMapping("/webhooks")
  public ResponseEntity<Void> webhooks(HttpServletRequest request) throws IOException {
    byte[] body = request.getInputStream().readAllBytes();
    Map<String, String> headers = Collections.list(request.getHeaderNames()).stream().collect(
        Collectors.toMap(
            name -> name.toLowerCase(Locale.ROOT),
            name -> String.join(", ", Collections.list(request.getHeaders(name))),
            (first, again) -> first));
    var event = VerifyForward.verifyForward(request.getMethod(), destination, headers, body,
        secrets, Instant.now().getEpochSecond());
    if (event.isEmpty()) {
      return ResponseEntity.status(401).build();
    }
    bookings.book(event.get(), body);
    return ResponseEntity.ok().build();
  }

  /** Does the work, in one transaction with the event's key in a column that is unique. */
  public interface Bookings {
    void book(VerifyForward.Event event, byte[] body);
  }
}
