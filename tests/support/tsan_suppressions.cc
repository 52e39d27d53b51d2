// Debian's libpistache is not instrumented, so ThreadSanitizer does not see its half of the reference counting of a peer
// that the accepting thread hands to a worker, and takes the last release for a race. Link this into every test that
// opens a door; without ThreadSanitizer nobody calls it.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() { return "race:Pistache::Tcp::Listener::handleNewConnection\n"; }
