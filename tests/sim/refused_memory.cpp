#include "refused_memory.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace pixelpass::sim {
namespace {

std::atomic<bool> is_refused = false;

void* allocate(std::size_t size, const char*, int) {
  return is_refused ? nullptr : std::malloc(size);
}

void* reallocate(void* memory, std::size_t size, const char*, int) {
  return is_refused ? nullptr : std::realloc(memory, size);
}

void release(void* memory, const char*, int) {
  std::free(memory);
}

/// OpenSSL takes these before its first allocation only, so before main.
const bool is_ours = CRYPTO_set_mem_functions(&allocate, &reallocate, &release) == 1;

}  // namespace

RefusedMemory::RefusedMemory() {
  if (!is_ours) throw std::logic_error("OpenSSL has allocated already");
  is_refused = true;
}

RefusedMemory::~RefusedMemory() {
  is_refused = false;
}

}  // namespace pixelpass::sim
