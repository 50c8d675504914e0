#include "pixelpass/base/socket_owner.hpp"

#include "../../other_user.hpp"
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

namespace pixelpass {
namespace {

constexpr int kDeadlineMs = 20'000;

SocketAddress address_of(int fd, int (*of)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage found{};
  socklen_t size = sizeof found;
  EXPECT_EQ(of(fd, reinterpret_cast<sockaddr*>(&found), &size), 0);
  return {reinterpret_cast<const sockaddr*>(&found), size};
}

int socket_at(const SocketAddress& address) {
  const int fd = socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(fd, address.get(), address.size()), 0);
  return fd;
}

/// A connection over loopback.
class SocketOwnersTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(owners_.can_ask());
    listener_ = socket_at(*SocketAddress::parse(GetParam()));
    ASSERT_EQ(listen(listener_, 1), 0);
    client_ = socket(own().get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  }
  void TearDown() override {
    for (const int fd : {client_, accepted_, listener_})
      if (fd >= 0) close(fd);
  }

  [[nodiscard]] SocketAddress own() const { return address_of(listener_, getsockname); }
  void connect_client() {
    ASSERT_EQ(connect(client_, own().get(), own().size()), 0);
    address_ = address_of(client_, getsockname);
  }
  void accept_client() { ASSERT_GE(accepted_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), 0); }
  [[nodiscard]] auto owner_of_client() const { return owners_.user_of(address_, own()); }
  [[nodiscard]] auto owner_of_accepted() const { return owners_.user_of(own(), address_); }

  SocketOwners owners_;
  SocketAddress address_;  ///< the client's
  int listener_ = -1;
  int client_ = -1;
  int accepted_ = -1;
};

TEST_P(SocketOwnersTest, BothEndsOfAConnectionAreOurs) {
  connect_client();
  accept_client();
  EXPECT_EQ(owner_of_client(), geteuid());
  EXPECT_EQ(owner_of_accepted(), geteuid());
}

TEST_P(SocketOwnersTest, AConnectionThatWasNotAcceptedIsNobodysAtThatEnd) {
  connect_client();
  EXPECT_EQ(owner_of_client(), geteuid());
  EXPECT_EQ(owner_of_accepted(), std::nullopt);
}

TEST_P(SocketOwnersTest, AClosedSocketIsNobodys) {
  connect_client();
  accept_client();
  close(std::exchange(client_, -1));
  EXPECT_EQ(owner_of_client(), std::nullopt) << "half closed";
  close(std::exchange(accepted_, -1));
  EXPECT_EQ(owner_of_client(), std::nullopt) << "in TIME_WAIT, which the kernel says is root's";
}

TEST_P(SocketOwnersTest, AListeningSocketDoesNotStandInForAConnectedOne) {
  connect_client();
  accept_client();
  auto stranger = address_;
  stranger.set_port(static_cast<std::uint16_t>(address_.port() ^ 1));
  EXPECT_EQ(owners_.user_of(own(), stranger), std::nullopt);
}

TEST_P(SocketOwnersTest, ManyQuestionsAreAnsweredEachByItsOwnAnswer) {
  connect_client();
  accept_client();
  auto stranger = address_;
  stranger.set_port(static_cast<std::uint16_t>(address_.port() ^ 1));
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(owners_.user_of(stranger, own()), std::nullopt);
    EXPECT_EQ(owner_of_client(), geteuid());
  }
}

TEST_P(SocketOwnersTest, AnotherUsersSocketIsHis) {
  if (!can_be_others()) GTEST_SKIP() << "only root can be two users";
  const auto to = own();
  const Elsewhere stranger(kStranger, [&to](int done) {
    const int fd = socket(to.get()->sa_family, SOCK_STREAM, 0);
    if (connect(fd, to.get(), to.size()) == 0 && write(done, "x", 1) == 1) pause();
  });
  pollfd come{.fd = listener_, .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&come, 1, kDeadlineMs), 1);
  accept_client();
  address_ = address_of(accepted_, getpeername);
  EXPECT_EQ(owner_of_client(), kStranger);
  EXPECT_EQ(owner_of_accepted(), geteuid());
}

INSTANTIATE_TEST_SUITE_P(OverLoopback, SocketOwnersTest, testing::Values("127.0.0.1:0", "[::1]:0"));

TEST(Trust, RootAndOurselvesAreTrustedAndByRootEverybody) {
  EXPECT_TRUE(is_trusted(0));
  EXPECT_TRUE(is_trusted(geteuid()));
  if (!can_be_others()) GTEST_SKIP() << "only root can be two users";
  EXPECT_TRUE(is_trusted(kStranger));
  const ActAs somebody(kSomebody);
  EXPECT_TRUE(is_trusted(0));
  EXPECT_TRUE(is_trusted(kSomebody));
  EXPECT_FALSE(is_trusted(kStranger));
}

}  // namespace
}  // namespace pixelpass
