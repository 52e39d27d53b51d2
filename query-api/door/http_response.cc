#include "query-api/door/http_response.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/check.h"
#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

constexpr std::array kDoorsOwnHeaders = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"};

bool is_bodyless(int status) { return status == 204 || status == 304; }

}  // namespace

HttpResponse content_response(int status, std::string media_type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::move(media_type)});
  response.body = std::move(body);
  return response;
}

HttpResponse json_response(int status, std::string body) {
  return content_response(status, "application/json", std::move(body));
}

HttpResponse text_response(int status, std::string body) {
  return content_response(status, "text/plain; charset=utf-8", std::move(body));
}

HttpResponse empty_response(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

std::string to_http_date(Timestamp time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(time.ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday,
                     kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool is_sendable(const HttpResponse& response) {
  if (response.status < 200 || reason_of(response.status).empty()) return false;
  if (response.body.size() > kMaxResponseBytes) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const Field& field) {
    const std::string name = to_lower(field.name);
    return is_token(field.name) && std::all_of(field.value.begin(), field.value.end(), is_field_char) &&
           std::find(kDoorsOwnHeaders.begin(), kDoorsOwnHeaders.end(), name) == kDoorsOwnHeaders.end();
  });
}

std::string serialise_head(const HttpResponse& response, Persistence persistence, Timestamp date) {
  CHECK(is_sendable(response));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_of(response.status),
                                 to_http_date(date));
  for (const Field& field : response.headers) {
    head += field.name;
    head += ": ";
    head += field.value;
    head += "\r\n";
  }
  if (!is_bodyless(response.status)) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (persistence == Persistence::kKeepAlive) head += "Connection: keep-alive\r\n";
  if (persistence == Persistence::kClose) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

bool has_body(const HttpResponse& response, Method method) {
  return method != Method::kHead && !is_bodyless(response.status);
}

}  // namespace civiclog
