#include "access/compact_token.h"

#include <algorithm>
#include <array>
#include <utility>

#include "access/json_object.h"
#include "base/base64.h"

namespace civiclog {
namespace {

constexpr std::array kKeyParameters = {"jwk", "jku", "x5u", "x5c"};
constexpr std::array kMeaningParameters = {"crit", "b64", "zip", "cty", "enc"};
// RFC 7519 section 5.1 and RFC 9068 section 2.1; media types, so letter case says nothing.
constexpr std::array<std::string_view, 4> kTypes = {"jwt", "application/jwt", "at+jwt", "application/at+jwt"};

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<std::array<std::string_view, 3>> split(std::string_view token) {
  const size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const std::array parts = {token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
  for (const std::string_view part : parts) {
    if (part.empty()) return std::nullopt;
  }
  return parts;
}

std::optional<Refusal> refusal_of_header(const JsonObject& header) {
  for (const char* name : kKeyParameters) {
    if (header.has(name)) return Refusal::kEmbeddedKey;
  }
  for (const char* name : kMeaningParameters) {
    if (header.has(name)) return Refusal::kCriticalExtension;
  }
  for (const char* name : {"alg", "typ", "kid"}) {
    if (header.has(name) && !header.text(name)) return Refusal::kBadHeader;
  }
  if (const auto type = header.text("typ"); type && std::ranges::find(kTypes, lower_case(*type)) == kTypes.end()) {
    return Refusal::kWrongType;
  }
  if (const auto id = header.text("kid"); id && id->size() > kMaxKeyIdBytes) return Refusal::kBadHeader;
  return std::nullopt;
}

}  // namespace

tl::expected<CompactToken, Refusal> CompactToken::parse(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return tl::unexpected(Refusal::kTooLong);
  const auto parts = split(token);
  if (!parts) return tl::unexpected(Refusal::kNotThreeParts);
  const auto header_text = from_base64url((*parts)[0]);
  auto payload = from_base64url((*parts)[1]);
  auto signature = from_base64url((*parts)[2]);
  if (!header_text || !payload || !signature) return tl::unexpected(Refusal::kBadEncoding);
  const auto header = JsonObject::parse(*header_text);
  if (!header) {
    const bool twice = header.error().kind == JsonFault::Kind::kDuplicateName;
    return tl::unexpected(twice ? Refusal::kDuplicateName : Refusal::kBadHeader);
  }
  if (const auto refusal = refusal_of_header(*header)) return tl::unexpected(*refusal);
  const auto algorithm = algorithm_named(header->text("alg").value_or(""));
  if (!algorithm) return tl::unexpected(Refusal::kAlgorithmNotAllowed);
  CompactToken out{*algorithm, std::nullopt, *std::move(payload), *std::move(signature)};
  if (const auto id = header->text("kid")) out.key_id = std::string(*id);
  return out;
}

}  // namespace civiclog
