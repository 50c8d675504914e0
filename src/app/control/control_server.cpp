#include "app/control/control_server.hpp"

#include "pixelpass/app/event_json.hpp"
#include "pixelpass/base/local_socket.hpp"

#include "app/control/control_connection.hpp"
#include "app/control/control_folder.hpp"
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using boost::asio::local::stream_protocol;
using boost::system::error_code;

[[noreturn]] void cannot_listen(const fs::path& path) {
  throw StartupError(
      "other programs cannot speak with this host: " + path.string() + ": " + std::strerror(errno),
      "set XDG_RUNTIME_DIR to a folder of your own; all else works without it");
}

/// Listens in the folder, and tries once more: the last viewer of this user may remove the folder while it is
/// still empty.
Descriptor listen_in(const fs::path& folder, const fs::path& path) {
  for (int left = 2; left > 0; --left) {
    if (!make_own_folder(folder)) cannot_listen(folder);
    static_cast<void>(running_hosts(folder));
    ::unlink(path.c_str());  // of an earlier process with our number
    Descriptor socket = listen_locally(path);
    if (socket.is_open() || errno != ENOENT) return socket;
  }
  return Descriptor(-1);
}

bool may_control(uid_t user) {
  return user == ::geteuid() || user == 0;
}

}  // namespace

class ControlServer::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, const fs::path& folder, HostName host, Answerer answer)
      : path_(control_socket_path(folder, ::getpid())),
        host_(std::move(host)),
        answer_(std::move(answer)),
        acceptor_(io),
        retry_(io) {
    Descriptor socket = listen_in(folder, path_);
    if (!socket.is_open()) cannot_listen(path_);
    acceptor_.assign(stream_protocol(), socket.release());
  }

  void accept();
  void end();

 private:
  void add(stream_protocol::socket socket);
  void answer(std::string_view line, const std::function<void(const std::string&)>& reply) const;
  [[nodiscard]] std::string error(const Error& error) const;
  void remove(const ControlConnection& connection);

  const fs::path path_;
  const HostName host_;
  Answerer answer_;
  stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::deque<std::shared_ptr<ControlConnection>> clients_;  ///< oldest first
};

void ControlServer::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, stream_protocol::socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (!error) {
      self->add(std::move(socket));
      return self->accept();
    }
    constexpr Duration kAcceptAgain = 100ms;  // out of descriptors: some may be free again by then
    self->retry_.expires_after(kAcceptAgain);
    self->retry_.async_wait([self](error_code cancelled) {
      if (!cancelled) self->accept();
    });
  });
}

void ControlServer::Impl::add(stream_protocol::socket socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  const auto user = user_behind(socket.native_handle());
  if (!user || !may_control(*user)) return;
  if (clients_.size() >= kMaxClients) {
    clients_.front()->close();
    clients_.pop_front();
  }
  // A client's callbacks are cleared when it is closed, and the server's end closes all.
  clients_.push_back(std::make_shared<ControlConnection>(
      std::move(socket),
      ControlConnection::Owner{[this](std::string_view line, const auto& reply) { answer(line, reply); },
                               [this](const Error& what) { return error(what); },
                               [this](const ControlConnection& connection) { remove(connection); }}));
  clients_.back()->start();
}

void ControlServer::Impl::remove(const ControlConnection& connection) {
  std::erase_if(clients_, [&](const auto& client) { return client.get() == &connection; });
}

void ControlServer::Impl::answer(std::string_view line,
                                 const std::function<void(const std::string&)>& reply) const {
  const auto request = parse_request(line);
  if (!request) return reply(error(request.error()));
  answer_(*request, [host = host_, command = request->command, reply](const auto& fields) {
    const auto object =
        fields ? answer_object(host, command, *fields) : error_object(host, command, fields.error());
    reply(json_text(object) + "\n");
  });
}

std::string ControlServer::Impl::error(const Error& error) const {
  return json_text(error_object(host_, std::nullopt, error)) + "\n";
}

void ControlServer::Impl::end() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& client : clients_) client->close();
  clients_.clear();
  ::unlink(path_.c_str());
  std::error_code not_empty;
  fs::remove(path_.parent_path(), not_empty);
}

ControlServer::ControlServer(boost::asio::io_context& io, const fs::path& folder, HostName host,
                             Answerer answer)
    : impl_(std::make_shared<Impl>(io, folder, std::move(host), std::move(answer))) {
  impl_->accept();
}

ControlServer::~ControlServer() {
  impl_->end();
}

}  // namespace pixelpass::app
