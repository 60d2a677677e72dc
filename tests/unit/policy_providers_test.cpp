#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "compiler/commands/http_text.h"
#include "compiler/commands/providers_command.h"

// `postern providers`: who is found by which text, and whose a request could be. The senders are
// made up; the request of a real one is in tests/packages/providers_command_test.mjs.

namespace postern::compiler {
namespace {

std::string file_of(std::string_view name, std::string_view more, std::string_view header,
                    std::string_view algorithm = "hmac-sha256") {
  return "name = \"" + std::string(name) +
         "\"\nmanual = \"https://one.example/hooks\"\nchecked = 2026-11-30\n"
         "confidence = \"vector\"\nsends = [\"json\"]\n" +
         std::string(more) + "\n[signature]\nalgorithm = \"" + std::string(algorithm) +
         "\"\nfrom = { header = \"" + std::string(header) +
         "\" }\nencoding = \"hex\"\ncontent = \"{body}\"\nkey = \"utf8\"\n"
         "[event]\nidentity = { body = \"/id\" }\n";
}

constexpr std::string_view hex_of_sha256 =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view hex_of_sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";

Catalogue some_senders() {
  Catalogue catalogue;
  catalogue.add("drop-sign", "drop-sign.toml",
                file_of("Drop Sign", "aliases = [\"hello-sign\"]\nheaders = [\"x-drop-*\"]",
                        "x-drop-signature"));
  catalogue.add("dropping", "dropping.toml", file_of("Dropping", "", "x-hub-signature"));
  catalogue.add("hub", "hub.toml", file_of("The Hub", "aliases = [\"hubber\"]", "x-hub-signature"));
  catalogue.add("old-hub", "old-hub.toml",
                file_of("Old Hub", "aliases = [\"hub.example\"]", "x-hub-signature", "hmac-sha1"));
  return catalogue;
}

CommandOutput output_of(const ProvidersInput& input) {
  Catalogue catalogue = some_senders();
  Report report;
  return providers_output(input, catalogue, report, Colour::never);
}

/// The first column, without its head.
std::vector<std::string> slugs_in(const std::string& table) {
  std::vector<std::string> slugs;
  for (std::size_t at = table.find('\n'); at + 1 < table.size(); at = table.find('\n', at + 1)) {
    slugs.push_back(table.substr(at + 1, table.find(' ', at + 1) - at - 1));
  }
  return slugs;
}

std::vector<std::string> found(std::string name) {
  ProvidersInput input;
  input.name = std::move(name);
  const CommandOutput output = output_of(input);
  return output.out.starts_with("slug ")
             ? std::vector<std::string>{output.out.substr(13, output.out.find('\n') - 13)}
             : slugs_in(output.out);
}

using Texts = std::vector<std::string>;

TEST(PolicyProviders, FindsNamesWhateverTheirCapitalsAndStrokes) {
  EXPECT_EQ(found("DropSign"), Texts{"drop-sign"});
  EXPECT_EQ(found("drop sign"), Texts{"drop-sign"});
  EXPECT_EQ(found("hello"), Texts{"drop-sign"});
  EXPECT_EQ(found("drop"), (Texts{"drop-sign", "dropping"}));
  EXPECT_EQ(found("hubber"), Texts{"hub"});
}

TEST(PolicyProviders, PutsWhoBeginsWithTheTextBeforeWhoHasItInside) {
  EXPECT_EQ(found("hubb"), Texts{"hub"});
  EXPECT_EQ(found("sign"), Texts{"drop-sign"});
  EXPECT_EQ(found("h"), (Texts{"drop-sign", "hub", "old-hub"}));
}

TEST(PolicyProviders, SaysWhyAProviderIsFound) {
  ProvidersInput input;
  input.name = "hello";
  EXPECT_EQ(output_of(input).err, "drop-sign: also called hello-sign\n");
  input.name = "dropp";
  EXPECT_EQ(output_of(input).err, "dropping: its name has \"dropp\"\n");
  input.name = "h";
  EXPECT_TRUE(output_of(input).out.contains("not known  also called hello-sign\n"));
  EXPECT_EQ(output_of(input).err, "");
}

TEST(PolicyProviders, ShowsTheOneWhoseSlugItIsAlthoughOthersHaveItToo) {
  ProvidersInput input;
  input.name = "hub";
  const CommandOutput output = output_of(input);
  EXPECT_TRUE(output.out.starts_with("slug         hub\n"));
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(output.exit, Exit::ok);
}

TEST(PolicyProviders, SaysWhoMayBeMeantByAnUnknownName) {
  ProvidersInput input;
  input.name = "hubbre";
  const CommandOutput output = output_of(input);
  EXPECT_EQ(output.err,
            "no provider \"hubbre\" in the catalogue; did you mean \"hub\", which is also called "
            "hubber?\n");
  EXPECT_EQ(output.exit, Exit::usage);
  input.name = "---";
  EXPECT_EQ(output_of(input).exit, Exit::usage);
}

TEST(PolicyProviders, FiltersByAlgorithmProofAndHandshake) {
  ProvidersInput input;
  input.algorithm = "hmac-sha1";
  EXPECT_EQ(slugs_in(output_of(input).out), Texts{"old-hub"});
  input.algorithm = "hmac-sha255";
  EXPECT_EQ(output_of(input).exit, Exit::usage);
  EXPECT_TRUE(output_of(input).err.contains("did you mean \"hmac-sha256\"?"));
  input = {};
  input.is_signed = true;
  EXPECT_EQ(slugs_in(output_of(input).out).size(), 4U);
  input.has_challenge = true;
  EXPECT_EQ(slugs_in(output_of(input).out).size(), 0U);
  input = {};
  input.name = "hub";
  input.is_signed = true;
  EXPECT_EQ(slugs_in(output_of(input).out), Texts{"hub"});
}

TEST(PolicyProviders, ReportsAnAliasThatTwoHave) {
  Catalogue catalogue = some_senders();
  catalogue.add("zeta", "zeta.toml",
                file_of("Zeta", "aliases = [\"hub\", \"hubber\", \"zz\"]", "x-zeta"));
  Report report;
  EXPECT_EQ(providers_output({}, catalogue, report, Colour::never).exit, Exit::unreadable);
  ASSERT_EQ(report.errors(), 2U);
  EXPECT_EQ(report.sorted()[0].code, "alias-taken");
  EXPECT_EQ(report.sorted()[0].column, 12U);
  EXPECT_EQ(report.sorted()[1].column, 19U);
}

CommandOutput identified(const std::string& text) {
  ProvidersInput input;
  input.request = GivenFile{.name = "request.txt", .text = text, .why = ""};
  return output_of(input);
}

TEST(PolicyProviders, NamesWhoseRequestItCouldBeByTheFormOfTheSignature) {
  const std::string sha256 = "X-Hub-Signature: " + std::string(hex_of_sha256) + "\n";
  const std::string sha1 = "X-Hub-Signature: " + std::string(hex_of_sha1) + "\n";
  EXPECT_EQ(slugs_in(identified(sha256).out), (Texts{"dropping", "hub"}));
  EXPECT_EQ(slugs_in(identified(sha1).out), Texts{"old-hub"});
  EXPECT_EQ(identified(sha256).exit, Exit::ok);
  const std::string whole = "POST /hooks?a=b HTTP/1.1\r\nHost: x\r\n" + sha1 + "\r\n{\"id\":\"1\"}";
  EXPECT_TRUE(identified(whole).out.contains("hmac-sha1 in header x-hub-signature; body /id\n"));
}

TEST(PolicyProviders, KnowsASenderByItsHeadersAlone) {
  EXPECT_EQ(slugs_in(identified("x-drop-event: signed\n").out), Texts{"drop-sign"});
}

TEST(PolicyProviders, ShowsNoValueOfTheRequest) {
  const std::string text = "x-drop-signature: " + std::string(hex_of_sha256) +
                           "\nx-drop-token: a-secret-of-somebody\n\n{\"id\":\"a-secret-id\"}";
  const CommandOutput output = identified(text);
  EXPECT_EQ(slugs_in(output.out), Texts{"drop-sign"});
  EXPECT_FALSE(output.out.contains("a-secret"));
  EXPECT_FALSE(output.out.contains(hex_of_sha256));
}

TEST(PolicyProviders, SaysWhereNobodyFits) {
  const CommandOutput output = identified("content-type: text/plain\n");
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.exit, Exit::expectation_failed);
}

TEST(PolicyProviders, RefusesWhatIsNoRequestAndShowsNothingOfIt) {
  for (const std::string bad :
       {"", "\n", "a-secret of mine\n", "a: b\nsecret words\n", ": v\n", "a b: c\n"}) {
    const CommandOutput output = identified(bad);
    EXPECT_EQ(output.exit, Exit::usage) << bad;
    EXPECT_FALSE(output.err.contains("secret")) << bad;
  }
  ProvidersInput input;
  input.request = GivenFile{.name = "no.txt", .text = std::nullopt, .why = "it is not there"};
  EXPECT_EQ(output_of(input).exit, Exit::unreadable);
  input.name = "hub";
  EXPECT_EQ(output_of(input).exit, Exit::usage);
}

TEST(PolicyProviders, ReadsARequestAsItIsWrittenDown) {
  const auto request = read_http_text(
      "PUT https://a.example/x/y?q=1 HTTP/1.1\r\nA: 1\r\nB:2 \r\na:  3\r\n\r\nbody\r\n\r\nmore");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->method, "PUT");
  EXPECT_EQ(request->path, "/x/y");
  EXPECT_EQ(request->query, "q=1");
  ASSERT_EQ(request->headers.size(), 2U);
  EXPECT_EQ(request->headers[0], (std::pair<std::string, std::string>("a", "1, 3")));
  EXPECT_EQ(request->headers[1].second, "2");
  EXPECT_EQ(request->body, "body\r\n\r\nmore");
  const auto head = read_http_text("GET /x?challenge=1\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->method, "GET");
  EXPECT_FALSE(head->has_body);
  std::string many;
  for (std::size_t i = 0; i <= http::headers_max; ++i) {
    many += "h" + std::to_string(i) + ": 1\n";
  }
  EXPECT_FALSE(read_http_text(many).has_value());
  EXPECT_TRUE(read_http_text(many.substr(0, many.rfind('h'))).has_value());
  EXPECT_FALSE(read_http_text("a: " + std::string(http_text_bytes_max, 'x')).has_value());
}

}  // namespace
}  // namespace postern::compiler
