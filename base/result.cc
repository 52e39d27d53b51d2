#include "base/result.h"

namespace civiclog {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kRejected: return "rejected";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kCommandReused: return "command_reused";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kOutcomeUnknown: return "outcome_unknown";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kIncompatible: return "incompatible";
    case ErrorCode::kIo: return "io";
  }
  return "unknown";
}

}  // namespace civiclog
