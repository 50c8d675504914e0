#include "app/control/control_server.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/local_socket.hpp"

#include "../../other_user.hpp"
#include "app/control/control_client.hpp"
#include "app/control/control_folder.hpp"
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A client that the test itself reads and writes, beside the server on the same thread.
class Client {
 public:
  explicit Client(const fs::path& socket) : connection_(connect_locally(socket)) {
    EXPECT_TRUE(connection_.is_open()) << std::strerror(errno);
  }

  /// How much of it went out.
  std::size_t send(std::string_view text) const {
    const auto sent = ::send(connection_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  void look() {
    std::array<char, 4096> bytes{};
    while (!ended_) {
      const auto size = ::recv(connection_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (size <= 0)
        ended_ = true;
      else
        got_.append(bytes.data(), static_cast<std::size_t>(size));
    }
  }
  std::optional<std::string> line() {
    look();
    const auto end = got_.find('\n');
    if (end == got_.npos) return std::nullopt;
    auto line = got_.substr(0, end);
    got_.erase(0, end + 1);
    return line;
  }
  bool ended() {
    look();
    return ended_ && got_.empty();
  }

 private:
  Descriptor connection_;
  std::string got_;
  bool ended_ = false;
};

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    std::string name = fs::temp_directory_path() / "pixelpass-control-XXXXXX";
    root_ = mkdtemp(name.data());
    server_.emplace(io_, folder(), HostName{"desk", ::getpid()},
                    [this](const ControlRequest& request, const ControlReply& reply) {
                      asked_.push_back(request);
                      if (request.command == ControlCommand::kTicket) return later_.push_back(reply);
                      if (request.command == ControlCommand::kKick)
                        return reply(Error{"nobody", "", ExitCode::kUsage});
                      reply(boost::json::object{{"padding", padding_}});
                    });
  }
  ~ControlServerTest() override {
    server_.reset();
    fs::remove_all(root_);
  }

  [[nodiscard]] fs::path folder() const { return root_ / "pixelpass"; }
  [[nodiscard]] fs::path socket() const { return control_socket_path(folder(), ::getpid()); }

  /// Lets the server work until `done`; a deadline ends a hang.
  template <class Done>
  bool run_until(Done done) {
    const Instant deadline = Clock::now() + 20s;
    bool is_done = done();
    for (; !is_done && Clock::now() < deadline; is_done = done()) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    return is_done;
  }
  std::string answer_to(Client& client, std::string_view request) {
    client.send(std::string(request) + "\n");
    std::optional<std::string> line;
    EXPECT_TRUE(run_until([&] { return line || (line = client.line()); })) << request;
    return line.value_or("");
  }
  void expect_served() {
    Client other(socket());
    EXPECT_THAT(answer_to(other, R"({"command":"status"})"), HasSubstr(R"("command":"status")"));
  }

  boost::asio::io_context io_;
  fs::path root_;
  std::string padding_;
  std::vector<ControlRequest> asked_;
  std::vector<ControlReply> later_;  ///< the answers to "ticket"
  std::optional<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersEachRequestWithALine) {
  Client client(socket());
  EXPECT_EQ(boost::json::parse(answer_to(client, R"({"command":"lock"})")),
            (boost::json::object{{"event", "answer"},
                                 {"version", 1},
                                 {"command", "lock"},
                                 {"host", "desk"},
                                 {"pid", ::getpid()},
                                 {"padding", ""}}));
  const auto refused = boost::json::parse(answer_to(client, R"({"command":"kick","viewer":3})"));
  EXPECT_EQ(refused.at("error").at("what"), "nobody");
  EXPECT_EQ(refused.at("error").at("exit_code"), 2);
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[1].viewer, 3U);
}

TEST_F(ControlServerTest, AnswersRequestsThatCameTogetherInTheirOrder) {
  Client client(socket());
  client.send("{\"command\":\"lock\"}\n\n{\"command\":\"unlock\"}\n{\"command\":");
  std::vector<std::string> lines;
  ASSERT_TRUE(run_until([&] {
    while (const auto line = client.line()) lines.push_back(*line);
    return lines.size() >= 2;
  }));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("\"lock\""), HasSubstr("\"unlock\"")));
  EXPECT_THAT(answer_to(client, "\"pause\"}"), HasSubstr("\"pause\""));
}

TEST_F(ControlServerTest, AnAnswerThatTakesItsTimeHoldsUpItsClientAlone) {
  Client client(socket());
  client.send("{\"command\":\"ticket\"}\n{\"command\":\"lock\"}\n");
  ASSERT_TRUE(run_until([&] { return later_.size() == 1; }));
  expect_served();
  EXPECT_EQ(client.line(), std::nullopt);
  later_[0](boost::json::object{{"ticket", "pp1"}});
  std::vector<std::string> lines;
  ASSERT_TRUE(run_until([&] {
    while (const auto line = client.line()) lines.push_back(*line);
    return lines.size() >= 2;
  }));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("pp1"), HasSubstr("\"lock\"")));
}

TEST_F(ControlServerTest, AnAnswerForWhomNobodyWaitsAnyMoreIsNobodys) {
  for (const bool ends : {false, true}) {
    std::optional<Client> client(socket());
    client->send("{\"command\":\"ticket\"}\n");
    ASSERT_TRUE(run_until([&] { return !later_.empty(); }));
    client.reset();
    if (ends) server_.reset();
    later_[0](boost::json::object{});
    later_.clear();
    if (!ends) expect_served();
  }
}

TEST_F(ControlServerTest, IsForItsUserAloneAndLeavesNothing) {
  struct stat status {};
  ASSERT_EQ(::stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat(socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  server_.reset();
  EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(ControlServerTest, OfAnotherUserHearsNothingAndSaysNothing) {
  if (!can_be_others()) GTEST_SKIP() << "only root can be somebody else";
  // Whatever the modes are.
  for (const auto& path : {root_, folder(), socket()}) fs::permissions(path, fs::perms::all);
  const Elsewhere stranger(kSomebody, [path = socket()](int told) {
    const Descriptor connection = connect_locally(path);
    const std::string request = "{\"command\":\"stop\"}\n";
    if (!connection.is_open()) ::dprintf(told, "kept out: %s, ", std::strerror(errno));
    // It may have been closed by now.
    static_cast<void>(::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL));
    pollfd wait{connection.get(), POLLIN, 0};
    ::poll(&wait, 1, 20'000);
    char byte = 0;
    ::dprintf(told, "%s", ::recv(connection.get(), &byte, 1, 0) > 0 ? "answered" : "closed");
  });
  std::string said;
  pollfd wait{stranger.output(), POLLIN, 0};
  ASSERT_TRUE(run_until([&] { return ::poll(&wait, 1, 0) > 0; }));
  EXPECT_EQ(stranger.read(), "closed");
  EXPECT_THAT(asked_, IsEmpty());
  expect_served();
}

TEST_F(ControlServerTest, TellsWhoWritesGarbageAndGoesOn) {
  Client client(socket());
  EXPECT_THAT(answer_to(client, "\x01\xff not json"), HasSubstr("a request is a JSON object"));
  EXPECT_THAT(answer_to(client, R"({"command":"dance"})"), HasSubstr("wants one of"));
  EXPECT_THAT(answer_to(client, R"({"command":"lock"})"), HasSubstr("\"lock\""));
  expect_served();
}

TEST_F(ControlServerTest, EndsALineThatDoesNotEnd) {
  Client client(socket());
  const std::string endless(4096, 'x');
  ASSERT_TRUE(run_until([&] {
    client.send(endless);
    return client.line().has_value();
  }));
  EXPECT_TRUE(run_until([&] { return client.ended(); }));
  EXPECT_THAT(asked_, IsEmpty());
  expect_served();
}

TEST_F(ControlServerTest, EndsWhoAsksTooOften) {
  Client client(socket());
  std::string many;
  for (int i = 0; i < 150; ++i) many += "{\"command\":\"status\"}\n";
  EXPECT_EQ(client.send(many), many.size());
  std::string last;
  ASSERT_TRUE(run_until([&] {
    while (const auto line = client.line()) last = *line;
    return client.ended();
  }));
  EXPECT_THAT(last, HasSubstr("too many requests"));
  EXPECT_LT(asked_.size(), 150U);
  EXPECT_GE(asked_.size(), static_cast<std::size_t>(ControlServer::kRequestBurst));
  expect_served();
}

TEST_F(ControlServerTest, ReadsNoFurtherFromWhoDoesNotReadItsAnswers) {
  padding_.assign(1 << 20, 'x');  // more than the kernel holds
  Client client(socket());
  client.send("{\"command\":\"status\"}\n");
  ASSERT_TRUE(run_until([&] { return asked_.size() == 1; }));
  client.send("{\"command\":\"lock\"}\n");
  padding_.clear();
  expect_served();
  ASSERT_EQ(asked_.size(), 2U);  // that one, and nothing of who does not read
  std::vector<std::string> lines;
  ASSERT_TRUE(run_until([&] {
    while (const auto line = client.line()) lines.push_back(*line);
    return lines.size() == 2;
  }));
  EXPECT_GT(lines[0].size(), std::size_t{1} << 20);
  EXPECT_THAT(lines[1], HasSubstr("\"lock\""));
}

TEST_F(ControlServerTest, HasRoomForOneMoreByLettingTheOldestGo) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < ControlServer::kMaxClients; ++i) {
    clients.push_back(std::make_unique<Client>(socket()));
    answer_to(*clients.back(), R"({"command":"status"})");
  }
  EXPECT_FALSE(clients.front()->ended());
  expect_served();
  EXPECT_TRUE(run_until([&] { return clients.front()->ended(); }));
  EXPECT_THAT(answer_to(*clients[2], R"({"command":"lock"})"), HasSubstr("\"lock\""));
}

TEST_F(ControlServerTest, EndsItsClientsWithItself) {
  Client client(socket());
  answer_to(client, R"({"command":"status"})");
  server_.reset();
  EXPECT_TRUE(run_until([&] { return client.ended(); }));
}

TEST_F(ControlServerTest, IsSeenToHaveEndedByWhoWaitsForThatAndNotBefore) {
  ControlClient client(socket());
  expect_served();  // and so it has that one, too
  EXPECT_FALSE(client.wait_for_end(10ms));
  server_.reset();
  EXPECT_TRUE(client.wait_for_end(20s));
}

/// A socket on which nobody listens, of a process that has gone.
fs::path left_by_a_killed_host(const fs::path& folder) {
  const pid_t gone = ::fork();
  if (gone == 0) {
    const Descriptor socket = listen_locally(control_socket_path(folder, ::getpid()));
    ::_exit(socket.is_open() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(gone, &status, 0);
  EXPECT_EQ(status, 0);
  return control_socket_path(folder, gone);
}

std::vector<pid_t> processes(const std::vector<ControlSocket>& sockets) {
  std::vector<pid_t> found;
  found.reserve(sockets.size());
  for (const auto& socket : sockets) found.push_back(socket.process);
  return found;
}

TEST_F(ControlServerTest, IsFoundAndWhatKilledHostsLeftIsRemoved) {
  const auto stale = left_by_a_killed_host(folder());
  const auto file = folder() / "1.sock";
  const auto other = folder() / "notes.sock";
  std::ofstream(file) << "a file";
  std::ofstream(other) << "a file";
  ASSERT_TRUE(fs::exists(stale));
  EXPECT_THAT(processes(running_hosts(folder())), ElementsAre(::getpid()));
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(file) && fs::exists(other));  // no sockets: somebody else's
}

TEST_F(ControlServerTest, IsLeftAloneWhileItsProcessHasNotBegunToListen) {
  sockaddr_un address = local_address(folder() / (std::to_string(::getppid()) + ".sock")).value();
  const Descriptor bound(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(processes(running_hosts(folder())), ElementsAre(::getpid()));
  EXPECT_TRUE(fs::exists(address.sun_path));
}

TEST_F(ControlServerTest, SeveralHostsAreAllFound) {
  const Elsewhere other(::geteuid(), [&](int told) {
    const Descriptor socket = listen_locally(control_socket_path(folder(), ::getpid()));
    ::dprintf(told, "%d", socket.is_open() ? ::getpid() : 0);
    ::pause();
  });
  const pid_t process = std::stoi(other.read());
  auto both = std::vector{process, ::getpid()};
  std::ranges::sort(both);
  EXPECT_EQ(processes(running_hosts(folder())), both);
}

TEST_F(ControlServerTest, DoesNotUseAFolderThatOthersMayWriteInto) {
  server_.reset();
  fs::create_directory(folder());
  fs::permissions(folder(), fs::perms::all);
  const Descriptor listening = listen_locally(socket());
  ASSERT_TRUE(listening.is_open());
  EXPECT_THROW(ControlServer(io_, folder(), {"desk", 1}, {}), StartupError);
  EXPECT_THAT(running_hosts(folder()), IsEmpty());
}

TEST_F(ControlServerTest, SaysThatAPathIsTooLong) {
  const auto deep = root_ / std::string(120, 'x');
  try {
    const ControlServer server(io_, deep, {"desk", 1}, {});
    FAIL() << "a path of 120 bytes fits nowhere";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, HasSubstr("too long"));
    EXPECT_FALSE(error.error().hint.empty());
  }
}

}  // namespace
}  // namespace pixelpass::app
