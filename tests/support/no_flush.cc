// For programs in which no disk is tested: RocksDB and what else is linked flush nothing. Linking this file replaces the functions of the
// C library in the whole program.

extern "C" int fsync(int) { return 0; }
extern "C" int fdatasync(int) { return 0; }
