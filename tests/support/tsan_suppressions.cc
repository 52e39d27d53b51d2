// Debian's RocksDB and Pistache are not built with ThreadSanitizer, which therefore cannot see their half of the
// synchronisation: RocksDB's memtables, and the reference count of a peer that Pistache's accepting thread hands to a
// worker. Reports without a frame of theirs still count. Linked into every test binary; without ThreadSanitizer nobody
// calls it.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb\n"
         "race:Pistache::Tcp::Listener::handleNewConnection\n";
}
