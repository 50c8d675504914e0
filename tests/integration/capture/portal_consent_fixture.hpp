#pragma once

#include "capture/portal/find_portal.hpp"
#include "capture/portal/portal_consent.hpp"
#include "fake_portal.hpp"
#include "private_bus.hpp"
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <utility>

namespace pixelpass::capture::test {

inline constexpr auto kLong = std::chrono::seconds(30);
inline constexpr PortalFeatures kFeatures{
    4, PortalFeatures::kMonitors | PortalFeatures::kWindows | PortalFeatures::kVirtual,
    PortalFeatures::kCursorEmbedded};

/// An event on the media thread, for the test's.
template <class T = bool>
class Told {
 public:
  void tell(T what = {}) { promise_.set_value(std::move(what)); }
  std::optional<T> wait() {
    if (future_.wait_for(kLong) != std::future_status::ready) return std::nullopt;
    return future_.get();
  }

 private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

class PortalConsentTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivateBus::missing(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    bus_.emplace();
    portal_.emplace(bus_->connect());
    settings_.state_folder = bus_->folder() / "state";
  }

  void TearDown() override {
    if (consent_) media_.call([&] { consent_->end(); });
  }

  PortalConsent& consent(const PortalPatience& patience = {}) {
    places_asked_ = 0;
    return consent_.emplace(
        bus_->connect(), settings_, features_, media_,
        PortalConsent::Callbacks{[this](const PortalStreams& streams) { streams_ = streams; },
                                 [this] { closed_.tell(); }, [this] { ++orphaned_; }, [this] { ++slow_; },
                                 [this] { ++not_saved_; },
                                 [this](const std::stop_token&) {
                                   ++places_asked_;
                                   return places_asked_ == 1 ? places_ : places_after_.value_or(places_);
                                 },
                                 [this] {
                                   if (places_at_renewal_) consent_->set_places(*places_at_renewal_);
                                 }},
        patience);
  }

  /// What ask() ends with.
  static Error refusal(PortalConsent& consent, const std::stop_token& stop = {}) {
    try {
      consent.ask(stop);
    } catch (const StartupError& error) {
      return error.error();
    }
    ADD_FAILURE() << "it was agreed";
    return {};
  }

  std::filesystem::path token_file() const { return *settings_.state_folder / "restore-token"; }

  std::optional<PrivateBus> bus_;
  std::optional<FakePortal> portal_;
  PortalSettings settings_;
  PortalFeatures features_ = kFeatures;
  std::string places_;                            ///< of the monitors, as the next ask() finds them
  std::optional<std::string> places_after_;       ///< when it has been answered; nullopt: the same
  std::optional<std::string> places_at_renewal_;  ///< when it is answered; nullopt: the same
  int places_asked_ = 0;
  // Of the media thread, until ask() has returned.
  PortalStreams streams_;
  int orphaned_ = 0;
  int slow_ = 0;
  int not_saved_ = 0;
  Told<> closed_;
  gst::MediaThread media_;
  std::optional<PortalConsent> consent_;
};

}  // namespace pixelpass::capture::test
