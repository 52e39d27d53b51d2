#include "events/word_ref.h"

namespace civiclog {

Digest commit_to_word(const Salt& salt, WordId id, std::string_view text) {
  return sha256(ByteWriter().raw("civiclog/word/v1").u8(0).raw(view(salt)).raw(view(id.uuid.bytes)).raw(text).bytes());
}

}  // namespace civiclog
