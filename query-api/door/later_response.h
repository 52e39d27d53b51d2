#pragma once

#include <functional>
#include <variant>

#include "query-api/door/http_response.h"

namespace civiclog {

// Makes the answer, on the door's thread. What it throws becomes a constant 500.
using MakeResponse = std::function<HttpResponse()>;

// Gives the answer to the client that asked, if it is still there. From any thread, once; more are ignored. Never blocks.
using Respond = std::function<void(MakeResponse)>;

// An answer that is not there yet: the door's thread goes on with other connections meanwhile.
struct LaterResponse {
  std::function<void(Respond)> begin;  // Called once, at once, on the door's thread. What it throws becomes a constant 500.
  HttpResponse on_timeout;             // Given instead after DoorOptions::answer_timeout_ms.
};

using Response = std::variant<HttpResponse, LaterResponse>;

}  // namespace civiclog
