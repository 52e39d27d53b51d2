#include "query-api/door/gzip.h"

#include <algorithm>
#include <array>
#include <optional>

#include <zlib.h>

#include "query-api/door/entity_tag.h"
#include "query-api/door/http_syntax.h"
#include "query-api/door/vary.h"

namespace civiclog {
namespace {

constexpr std::string_view kSuffix = "-gzip";
// JSON of lists shrinks to a fifth at the fastest level already; a higher one costs three times as long for a few percent.
constexpr int kLevel = Z_BEST_SPEED;
constexpr int kGzipWindowBits = 15 + 16;  // zlib.h, deflateInit2(): 16 more asks for gzip's frame.
constexpr int kMemoryLevel = 8;
constexpr std::array<std::string_view, 3> kCompressible = {"application/json", "application/openapi+json", "text/plain"};

// RFC 9110, 12.4.2, in thousandths; a malformed weight is 0, so that it never invites.
int weight_of(std::string_view parameters) {
  parameters = trim_white_space(parameters);
  if (parameters.empty()) return 1'000;
  if (parameters.size() < 3 || to_lower(parameters.front()) != 'q' || parameters[1] != '=') return 0;
  const std::string_view number = parameters.substr(2);
  if (number.size() > 5 || (number.front() != '0' && number.front() != '1')) return 0;
  if (number.size() > 1 && number[1] != '.') return 0;
  int weight = (number.front() - '0') * 1'000;
  int digit_worth = 100;
  for (const char c : number.substr(std::min<size_t>(2, number.size()))) {
    if (!is_digit(c)) return 0;
    weight += (c - '0') * digit_worth;
    digit_worth /= 10;
  }
  return weight <= 1'000 ? weight : 0;
}

bool is_compressible(const HttpResponse& response) {
  if (response.body.size() < kMinGzipBytes || response.body.size() > kMaxGzipBytes) return false;
  const auto type = std::ranges::find(response.headers, "Content-Type", &Field::name);
  if (type == response.headers.end()) return false;
  const std::string_view essence = trim_white_space(std::string_view(type->value).substr(0, type->value.find(';')));
  const bool coded = std::ranges::any_of(response.headers, [](const Field& field) { return field.name == "Content-Encoding"; });
  return !coded && std::ranges::find(kCompressible, essence) != kCompressible.end();
}

std::optional<std::string> compressed(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib reads through this pointer and does not write.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) return std::nullopt;
  return out;
}

// `"tag"` → `"tag-gzip"`, without the quotation marks.
std::string suffixed(std::string_view quoted) {
  return std::string(quoted.substr(1, quoted.size() - 2)).append(kSuffix);
}

bool is_strong_tag(std::string_view value) { return value.size() >= 2 && value.front() == '"' && value.back() == '"'; }

void turn_into_not_modified(HttpResponse& response) {
  response.status = 304;
  response.body.clear();
  std::erase_if(response.headers, [](const Field& field) { return field.name == "Content-Type"; });
}

}  // namespace

bool accepts_gzip(std::string_view list) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view one = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const size_t semicolon = one.find(';');
    const std::string coding = to_lower(trim_white_space(one.substr(0, semicolon)));
    const int weight = semicolon == std::string_view::npos ? 1'000 : weight_of(one.substr(semicolon + 1));
    if (coding == "gzip" || coding == "x-gzip") gzip = weight;
    if (coding == "identity") identity = weight;
    if (coding == "*") others = weight;
  }
  const int wanted = gzip.value_or(others.value_or(0));
  return wanted > 0 && wanted >= identity.value_or(0);
}

CodingAsked coding_asked(const HttpRequest& request) {
  CodingAsked asked;
  if (request.method != Method::kGet && request.method != Method::kHead) return asked;
  if (!request.header("accept-encoding")) return asked;
  asked.gzip = accepts_gzip(request.joined_header("accept-encoding"));
  std::string condition = asked.gzip ? request.joined_header("if-none-match") : std::string();
  if (condition.find(kSuffix) != std::string::npos) asked.if_none_match = std::move(condition);
  return asked;
}

void choose_coding(const CodingAsked& asked, Method method, HttpResponse& response) {
  if (method != Method::kGet && method != Method::kHead) return;
  // What a 304 stands for may be large enough.
  if (response.status == 304) return add_vary(response, "Accept-Encoding");
  if (response.status != 200 || !is_compressible(response)) return;
  add_vary(response, "Accept-Encoding");
  if (!asked.gzip) return;
  const auto tag = std::ranges::find(response.headers, "ETag", &Field::name);
  const bool tagged = tag != response.headers.end() && is_strong_tag(tag->value);
  const std::string name = tagged ? suffixed(tag->value) : std::string();
  if (tagged && matches_tag(asked.if_none_match, name)) {
    tag->value = '"' + name + '"';
    return turn_into_not_modified(response);
  }
  std::optional<std::string> body = compressed(response.body);
  if (!body) return;
  response.body = std::move(*body);
  if (tagged) tag->value = '"' + name + '"';
  response.with("Content-Encoding", "gzip");
}

}  // namespace civiclog
