#include "pixelpass/ticket/ticket.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass {
namespace {

using Candidates = std::vector<Candidate>;

bool is_first_of_its_family(const Candidates& all, Candidates::const_iterator it) {
  return std::none_of(all.begin(), it, [&](const Candidate& earlier) {
    return earlier.kind == it->kind && earlier.address.is_v6() == it->address.is_v6();
  });
}

/// Whoever comes in by the mapping needs the NAT's own address no more.
bool is_outdone(const Candidates& all, const Candidate& candidate) {
  return candidate.kind == CandidateKind::kReflexive && std::ranges::any_of(all, [&](const Candidate& other) {
           return other.kind == CandidateKind::kMapped && other.address.is_v6() == candidate.address.is_v6();
         });
}

/// The end: there is nothing more to leave out.
Candidates::const_iterator least_useful(const Candidates& all) {
  for (auto it = all.end(); it != all.begin();) {
    --it;
    if (it->kind == CandidateKind::kHost && !is_first_of_its_family(all, it)) return it;
  }
  return std::ranges::find_if(all, [&](const Candidate& candidate) { return is_outdone(all, candidate); });
}

}  // namespace

Ticket shortened(Ticket ticket) {
  while (encode_ticket(ticket).size() > kShortTicketChars) {
    const auto found = least_useful(ticket.candidates);
    if (found == ticket.candidates.end()) break;
    ticket.candidates.erase(found);
  }
  return ticket;
}

}  // namespace pixelpass
