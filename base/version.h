#pragma once

namespace civiclog {

// "civiclog 0.1.0 (git 1a2b3c4d5e6f)": version and revision of this build; "+" after the revision if the tree had changes,
// "unknown" instead of it when built outside a checkout.
const char* version_text();

}  // namespace civiclog
