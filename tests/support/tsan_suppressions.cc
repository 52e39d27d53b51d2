// Debian's RocksDB (with its zstd) and Pistache are not built with ThreadSanitizer, which therefore cannot see their half of
// the synchronisation: RocksDB's memtables, also where one of our frames reads a row that RocksDB's writer has just put
// (LogStore::stream), and whatever Pistache's accepting thread did to a socket and its peer before its queue handed them to
// a worker. Reports without such a frame still count. Linked into every test binary; without ThreadSanitizer nobody calls
// it.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb\n"
         "race:libzstd\n"
         "race:civiclog::LogStore::stream\n"
         "race:Pistache::Tcp::Listener::\n"
         "race:Pistache::Tcp::Peer::Create\n";
}
