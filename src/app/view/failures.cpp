#include "app/view/failures.hpp"

#include <cerrno>
#include <system_error>

namespace pixelpass::app {
namespace {

Error refused(std::string what, std::string hint) {
  return {std::move(what), std::move(hint), ExitCode::kRefused};
}

std::string join(const std::vector<net::Path>& paths) {
  std::string text;
  for (const auto& path : paths)
    text += (text.empty() ? "" : ", ") + path.remote.unmapped().to_string() +
            (path.is_relayed() ? " through a relay" : "");
  return text;
}

std::string in_megabits(std::int64_t bits) {
  const auto tenths = (bits + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// The time rounded to its unit: 9 h less the second that a message took is 9 h.
std::string rough(std::chrono::seconds time) {
  if (time < 2min) return std::to_string(time.count()) + " s";
  if (time < 2h) return std::to_string((time + 30s) / 1min) + " min";
  if (time < 48h) return std::to_string((time + 30min) / 1h) + " h";
  return std::to_string((time + 12h) / 24h) + " days";
}

/// The clocks' difference in words; empty if unknown, or too small for people or tickets to notice.
std::string clocks_apart(std::optional<std::chrono::seconds> ahead) {
  constexpr std::chrono::seconds kTolerated = 5min;
  if (!ahead || std::chrono::abs(*ahead) <= kTolerated) return {};
  return "your clock is " + rough(std::chrono::abs(*ahead)) + (*ahead > 0s ? " ahead of" : " behind") +
         " the host's";
}

Error expired(const std::string& clocks) {
  constexpr auto kWhat = "this ticket has expired by the host's clock";
  if (clocks.empty())
    return refused(kWhat,
                   "ask for a new ticket; if this one should still be good, the clock of the machine that "
                   "shares may be wrong");
  return refused(kWhat + ("; " + clocks),
                 "ask for a new ticket; and compare both clocks (date) with a third: the host's is the one "
                 "that counts");
}

std::string protocol_versions(const wire::VersionRange& versions) {
  const auto lowest = std::to_string(versions.lowest);
  if (versions.lowest == versions.highest) return "version " + lowest;
  return "versions " + lowest + " to " + std::to_string(versions.highest);
}

/// `host`: the versions that the host speaks, if it has said so.
Error other_version(const std::optional<wire::VersionRange>& host) {
  if (!host || wire::common_version(wire::kVersions, *host))
    return refused("the host runs a version of pixelpass that this one cannot talk to",
                   "update pixelpass on both sides");
  const std::string spoken = " (the host speaks " + protocol_versions(*host) +
                             " of the protocol, this side " + protocol_versions(wire::kVersions) + ")";
  if (host->lowest > wire::kVersions.highest)
    return refused("this pixelpass is too old for the host's" + spoken,
                   "update pixelpass on this machine, then use the same ticket again");
  return refused("the host's pixelpass is too old for this one" + spoken,
                 "ask the person who shares to update pixelpass, and for a new ticket");
}

Error not_reachable(std::string what, std::string hint) {
  return {std::move(what), std::move(hint), ExitCode::kNotReachable};
}

/// `tried`: the addresses, in parentheses, and what became of the relay.
Error cannot_send(int error, const std::string& tried, const std::optional<net::NarrowLine>& narrow) {
  const std::string what = "this machine cannot send to the host's addresses" + tried + ": ";
  switch (error) {
    case EPERM:
    case EACCES:
      return not_reachable(
          what + "a firewall or a sandbox here forbids it",
          "let pixelpass send UDP; nft list ruleset, or ufw status, shows what is forbidden");
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return not_reachable(what + "no network leads there",
                           "connect it to the internet, or to the network (a VPN) that the host is in");
    case EMSGSIZE:
      return not_reachable(
          what + (narrow ? net::describe(*narrow) : "the network here takes no packets that large"),
          net::kHintForNarrowLine);
    default:
      return not_reachable(what + std::generic_category().message(error), "check the network here");
  }
}

/// The hint after a reply code: nobody was reached, although a friend had two minutes to use it.
std::string hint_after_code(traversal::NatKind nat) {
  const std::string again = "otherwise watch again, and send back the new code";
  if (nat == traversal::NatKind::kSymmetric)
    return "if your friend's pixelpass took the code: the router here gives each destination another port, "
           "which the other side's does not let in; a relay would help (host --relay); " +
           again;
  return "if your friend's pixelpass took the code: the routers let no direct way through, and a relay would "
         "help (host --relay); " +
         again;
}

}  // namespace

Error describe(const tunnel::RefusedByHost& event) {
  switch (event.reason) {
    case wire::RefusedReason::kFull:
      return refused("the host is full: as many people watch as it allows",
                     "try again when somebody has left, or ask for more places (host --max-viewers N)");
    case wire::RefusedReason::kLocked:
      return refused("the host lets nobody in at the moment", "ask the person who shares to unlock");
    case wire::RefusedReason::kExpired:
      return expired(clocks_apart(event.clock_ahead));
    case wire::RefusedReason::kKicked:
      return refused("the host has removed you", "ask for a new ticket");
    case wire::RefusedReason::kVersion:
      return other_version(event.versions);
    case wire::RefusedReason::kProof:
      return refused("the host does not accept this ticket", "ask for a new ticket");
    case wire::RefusedReason::kUnknown:
      break;
  }
  return refused("the host refused, for a reason that this version of pixelpass does not know",
                 "update pixelpass on this machine; if it refuses still, ask for a new ticket");
}

bool needs_new_ticket(const tunnel::RefusedByHost& event) {
  using wire::RefusedReason;
  return event.reason == RefusedReason::kKicked || event.reason == RefusedReason::kExpired ||
         event.reason == RefusedReason::kProof;
}

std::optional<Notice> expiry_notice(const Ticket& ticket, UnixTime now) {
  if (!has_expired(ticket, now)) return std::nullopt;
  return Notice{"by this machine's clock the ticket expired " + rough(now - *ticket.expires_at) +
                    " ago; trying all the same",
                "the host decides by its own clock; if it does not let you in, check this machine's clock "
                "(date), or ask for a new ticket"};
}

std::optional<Notice> clock_notice(std::optional<std::chrono::seconds> ahead) {
  const auto clocks = clocks_apart(ahead);
  if (clocks.empty()) return std::nullopt;
  return Notice{clocks, "watching works all the same; compare both clocks (date) with a third"};
}

Notice left_behind_notice(const wire::LeftBehind& left) {
  if (!left.is_left_behind) return {"your line carries the whole picture again", ""};
  return {"your line carries " + in_megabits(left.line_bps) + " Mbit/s, the picture has " +
              in_megabits(left.picture_bps) + ": pictures are left out",
          "end what else uses your line, or use a cable; or ask the host for a smaller --bitrate"};
}

Notice no_picture_notice() {
  return {"connected, but no picture has come yet: what is shared has had no keyframe so far",
          "it comes by itself with the next keyframe; ask the host if it does not"};
}

Notice slow_player_notice() {
  return {
      "the player does not show all pictures in time: the host is told, and may send smaller or fewer ones",
      "end what else uses this machine; or open the address in a player that lets the graphics card decode"};
}

Error describe(const tunnel::Unreachable& event, const WaysTried& ways) {
  const std::string where = event.tried.empty() ? "the ticket has no address that this machine can send to"
                                                : "tried " + join(event.tried);
  const std::string what = "the host did not answer (" + where;
  const std::string relay = ways.relay ? ", and " + ways.relay->what : "";
  // All other attempts used the same network, so this error is the reason.
  if (ways.send_error) return cannot_send(*ways.send_error, " (" + where + ")" + relay, ways.narrow);
  if (ways.narrow)
    return not_reachable(what + ")" + relay + ": " + net::describe(*ways.narrow), net::kHintForNarrowLine);
  if (ways.code) return not_reachable(what + ", and a reply code)" + relay, hint_after_code(ways.nat));
  if (ways.relay)
    return not_reachable(
        what + ")" + relay,
        "ask for a new ticket, since what lets you into the relay may have run out; if it is "
        "new, your friend's relay wants looking after");
  if (ways.nat == traversal::NatKind::kUdpBlocked)
    return not_reachable(what + "); UDP is blocked here, or there is no internet",
                         "try another network; or ask your friend to share through a relay, which TCP or TLS "
                         "reach as well (host --relay)");
  return not_reachable(what + ")",
                       "check that it is still sharing and that you are on a network that reaches it; if it "
                       "was started again, ask for the new ticket");
}

Error describe(const tunnel::WrongHost&) {
  return {"something answers at the host's address, but it is not the host that made this ticket",
          "ask for a new ticket", ExitCode::kNotReachable};
}

Error describe(const tunnel::Lost& event, const std::optional<net::NarrowLine>& narrow) {
  if (event.broken_off)
    return {"the connection was broken off: " + event.reason,
            "update pixelpass on both sides; if it happens again, make sure that the ticket is from who you "
            "think",
            ExitCode::kConnectionLost};
  if (narrow)
    return {"the connection was lost and could not be regained: " + net::describe(*narrow),
            net::kHintForNarrowLine, ExitCode::kConnectionLost};
  return {"the connection was lost and could not be regained (" + event.reason + ")",
          "check the network on both sides, then watch again with the same ticket",
          ExitCode::kConnectionLost};
}

Error nothing_to_pass_on(int connections) {
  return {
      "the host sends nothing that can be watched: what " + std::to_string(connections) +
          " connections in a row brought is no MPEG-TS with pictures or sound of a known kind",
      "ask the host what is shared, and update pixelpass on both sides; if it happens again, make sure that "
      "the ticket is from who you think",
      ExitCode::kConnectionLost};
}

}  // namespace pixelpass::app
