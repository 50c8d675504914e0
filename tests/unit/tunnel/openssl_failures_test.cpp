// OpenSSL's calls fail for want of memory. Whichever allocation it is: what comes out is the right thing or
// an exception, and never a key, a proof or a connection that looks right.
#include "pixelpass/tunnel/identity.hpp"

#include "tunnel/knock.hpp"
#include "tunnel/tls.hpp"
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>

namespace pixelpass::tunnel {
namespace {

/// Allocations that still succeed; negative: all do.
thread_local long left = -1;
thread_local bool has_failed = false;
thread_local bool once = false;  ///< those after the one that fails succeed again

bool fails() {
  if (left < 0) return false;
  if (left > 0) {
    --left;
    return false;
  }
  has_failed = true;
  if (once) left = -1;
  return true;
}

void* allocate(std::size_t bytes, const char* /*file*/, int /*line*/) {
  return fails() ? nullptr : std::malloc(bytes);
}
void* reallocate(void* memory, std::size_t bytes, const char* /*file*/, int /*line*/) {
  return fails() ? nullptr : std::realloc(memory, bytes);
}
void give_back(void* memory, const char* /*file*/, int /*line*/) {
  std::free(memory);
}

/// Before OpenSSL's first allocation, or it is not taken.
const bool taken = CRYPTO_set_mem_functions(allocate, reallocate, give_back) == 1;

/// Each allocation of it fails in turn; how many there are.
int fail_in_turn(const std::function<void()>& act) {
  for (int times = 0;; ++times) {
    has_failed = false;
    left = times;
    try {
      act();
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(has_failed) << "of its own, at " << times;
    }
    left = -1;
    ERR_clear_error();
    if (!has_failed) return times;
  }
}

/// First whole: what OpenSSL sets up once a process stays broken if that fails. Then each time one allocation
/// fails, or one and all after it.
int fail_each(const std::function<void()>& act) {
  act();
  once = true;
  fail_in_turn(act);
  once = false;
  return fail_in_turn(act);
}

Identity make_identity() {
  return Identity::generate(seeded_random(7));
}

TEST(OpensslFailures, AnIdentityIsWholeOrNone) {
  ASSERT_TRUE(taken);
  const Fingerprint right = make_identity().fingerprint();
  EXPECT_GT(fail_each([&] { EXPECT_EQ(make_identity().fingerprint(), right); }), 0);
}

TEST(OpensslFailures, AProofIsRightOrNone) {
  ASSERT_TRUE(taken);
  const Secret secret{1, 2, 3};
  const Bytes session(16, 4);
  const Bytes exporter(32, 5);
  const auto right = make_proof(secret, session, exporter);
  EXPECT_GT(fail_each([&] { EXPECT_EQ(make_proof(secret, session, exporter), right); }), 0);
}

TEST(OpensslFailures, AKnockIsRightOrNone) {
  ASSERT_TRUE(taken);
  const Secret secret{1, 2, 3};
  const Knock knock = KnockKey(secret).make(UnixTime{}, seeded_random(1));
  fail_each([&] { EXPECT_TRUE(KnockKey(secret).verify(knock)); });
}

TEST(OpensslFailures, AContextOfAHostHasItsKeyAndCertificateOrIsNone) {
  ASSERT_TRUE(taken);
  const Identity identity = make_identity();
  const int times = fail_each([&] {
    const auto context = TlsContext::host(identity);
    EXPECT_NE(SSL_CTX_get0_privatekey(context.get()), nullptr);
    EXPECT_NE(SSL_CTX_get0_certificate(context.get()), nullptr);
    EXPECT_EQ(SSL_CTX_get_num_tickets(context.get()), 0U);
    EXPECT_EQ(SSL_CTX_get_min_proto_version(context.get()), TLS1_3_VERSION);
  });
  EXPECT_GT(times, 10);
}

TEST(OpensslFailures, AViewersSessionExpectsTheHostsCertificateOrIsNone) {
  ASSERT_TRUE(taken);
  const Fingerprint host = make_identity().fingerprint();
  ngtcp2_crypto_conn_ref reference{};
  const int times = fail_each([&] {
    const auto context = TlsContext::viewer();
    EXPECT_EQ(SSL_CTX_get_verify_mode(context.get()), SSL_VERIFY_PEER);
    const auto session = TlsSession::dial(context, &reference, host);
    EXPECT_NE(session.native(), nullptr);
    EXPECT_EQ(SSL_get_app_data(ngtcp2_crypto_ossl_ctx_get_ssl(session.native())), &reference);
  });
  EXPECT_GT(times, 10);
}

TEST(OpensslFailures, AHostsSessionHasItsConnectionOrIsNone) {
  ASSERT_TRUE(taken);
  const auto context = TlsContext::host(make_identity());
  ngtcp2_crypto_conn_ref reference{};
  const int times = fail_each([&] {
    const auto session = TlsSession::accept(context, &reference);
    EXPECT_EQ(SSL_get_app_data(ngtcp2_crypto_ossl_ctx_get_ssl(session.native())), &reference);
  });
  EXPECT_GT(times, 5);
}

}  // namespace
}  // namespace pixelpass::tunnel
