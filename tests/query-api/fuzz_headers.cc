// The header fields whose values are looked into, each as a client may send it: Accept-Encoding, If-None-Match, If-Match, Origin,
// X-Forwarded-For and Authorization. Input: one value per line, in that order; the last line is the body of an answer.

#include <arpa/inet.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "access/token_issuer.h"
#include "base/check.h"
#include "query-api/door/cors.h"
#include "query-api/door/entity_tag.h"
#include "query-api/door/gzip.h"
#include "query-api/door/http_syntax.h"
#include "query-api/door/trusted_proxies.h"
#include "query-api/writing/gate.h"
#include "tests/support/scratch_directory.h"

namespace {

using namespace civiclog;

constexpr size_t kLines = 6;

HttpRequest with_header(const char* name, const std::string& value) {
  HttpRequest request;
  request.peer_address = "127.0.0.1";
  request.headers.push_back({name, value});
  return request;
}

// To exactly this size.
std::string inflated(const std::string& bytes, size_t size) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(size, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

HttpResponse answer_with(const std::string& body) {
  HttpResponse response;
  response.body = body;
  response.with("Content-Type", "application/json").with("ETag", "\"7-1-0\"");
  return response;
}

std::string value_of(const HttpResponse& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, &Field::name);
  return found == response.headers.end() ? "" : found->value;
}

void check_coding(const std::string& accept, const std::string& if_none_match, std::string body) {
  const bool takes = accepts_gzip(accept);
  // Neither order of the list, nor letter case, nor white space around it count.
  CHECK(accepts_gzip(" \t" + accept + " ") == takes && accepts_gzip("," + accept + ",") == takes);
  std::string upper = accept;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  CHECK(accepts_gzip(upper) == takes);
  CHECK(!accepts_gzip(accept + ", gzip;q=0") && accepts_gzip(accept + ", identity;q=0, gzip;q=0.001"));
  HttpRequest request = with_header("accept-encoding", accept);
  request.headers.push_back({"if-none-match", if_none_match});
  body.resize(std::max(body.size(), kMinGzipBytes), 'x');
  HttpResponse response = answer_with(body);
  choose_coding(coding_asked(request), Method::kGet, response);
  CHECK(value_of(response, "Vary") == "Accept-Encoding");
  if (response.status == 304) {
    CHECK(takes && response.body.empty() && value_of(response, "ETag") == "\"7-1-0-gzip\"");
    CHECK(matches_tag(if_none_match, "7-1-0-gzip"));
    return;
  }
  CHECK((value_of(response, "Content-Encoding") == "gzip") == takes);
  CHECK(value_of(response, "ETag") == (takes ? "\"7-1-0-gzip\"" : "\"7-1-0\""));
  CHECK((takes ? inflated(response.body, body.size()) : response.body) == body);
}

void check_tags(const std::string& list, const std::string& one) {
  const bool matches = matches_tag(list, "7-1-0");
  CHECK(matches_tag(list + " , W/\"7-1-0\"", "7-1-0") && matches_tag(list + ",*", "anything"));
  CHECK(!matches || list.find("\"7-1-0\"") != std::string::npos || list.find('*') != std::string::npos);
  if (const auto position = position_of_tag(one)) {
    CHECK(one.size() >= 3 && one.front() == '"' && one.back() == '"' && is_digit(one[1]));
    CHECK(std::strtoull(one.c_str() + 1, nullptr, 10) == position->value);
  }
}

void check_origin(const std::string& origin) {
  const bool sound = is_origin(origin);
  const CorsPolicy policy({sound ? origin : "https://a.example", "https://b.example"});
  const CorsPolicy::Asked asked = policy.ask(with_header("origin", origin));
  CHECK(asked.origin == (sound || origin == "https://a.example" ? origin : ""));
  if (!sound) return;
  CHECK(origin == to_lower(origin) && origin.starts_with("http") && origin.find_first_of(" \t,\"'<>@\r\n\\?#") == std::string::npos);
  CHECK(std::ranges::count(origin, '/') == 2);
  // Twice, it is nobody's.
  HttpRequest twice = with_header("origin", origin);
  twice.headers.push_back({"origin", origin});
  CHECK(policy.ask(twice).origin.empty());
}

void check_forwarded(const std::string& hops) {
  const TrustedProxies nobody;
  CHECK(nobody.client_of(with_header("x-forwarded-for", hops)) == "127.0.0.1");
  static const TrustedProxies local({*TrustedProxies::parse("127.0.0.1")});
  const std::string client = local.client_of(with_header("x-forwarded-for", hops));
  const auto address = TrustedProxies::parse(client);
  CHECK(address && (client == "127.0.0.1" || hops.ends_with(client) || hops.find(client) != std::string::npos));
  // What somebody wrote in front of what the proxy wrote does not count.
  CHECK(local.client_of(with_header("x-forwarded-for", hops + ", 192.0.2.7")) == "192.0.2.7");
  std::array<char, INET6_ADDRSTRLEN> text{};
  CHECK(::inet_ntop(AF_INET6, address->data(), text.data(), text.size()) != nullptr && TrustedProxies::parse(text.data()) == address);
}

struct Doorkeeper {
  Doorkeeper() {
    KeySet keys;
    CHECK(keys.add_installation_key(key.id(), key.public_key()).has_value());
    GateOptions options;
    options.per_subject = options.per_address = {.burst = kMaxBurst, .interval = kMinRateInterval};
    gate = std::make_unique<Gate>(options, std::move(keys), sha256("index key"), [] { return Timestamp{1'800'000'000'000}; });
    token = TokenIssuer(key).issue("installation", "civiclog", std::chrono::hours(1), {1'800'000'000'000}).value();
  }
  ScratchDirectory scratch;
  InstallationKey key = InstallationKey::read_or_make(scratch.path()).value();
  std::unique_ptr<Gate> gate;
  std::string token;
};

void check_bearer(const std::string& value) {
  static Doorkeeper keeper;
  const auto admitted = keeper.gate->admit(with_header("authorization", value));
  CHECK(!admitted);
  CHECK(admitted.error().status == 429 || (admitted.error().status == 401 && !value_of(admitted.error(), "WWW-Authenticate").empty()));
  const auto right = keeper.gate->admit(with_header("authorization", "bEaReR  " + keeper.token));
  CHECK(right ? right->issuer.is_system() : right.error().status == 429);
  HttpRequest both = with_header("authorization", value);
  both.headers.push_back({"authorization", "Bearer " + keeper.token});
  CHECK(!keeper.gate->admit(both));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string, kLines> lines;
  for (std::string& line : lines) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    // As the parser of requests lets it through.
    std::ranges::copy_if(rest.substr(0, end), std::back_inserter(line), is_field_char);
    line = trim_white_space(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  check_coding(lines[0], lines[1], std::string(rest));
  check_tags(lines[1], lines[2]);
  check_origin(lines[3]);
  check_forwarded(lines[4]);
  check_bearer(lines[5]);
  return 0;
}
