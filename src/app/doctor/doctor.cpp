#include "pixelpass/app/doctor/doctor.hpp"

#include "app/doctor/doctor_judge.hpp"
#include "app/doctor/gather_facts.hpp"

namespace pixelpass::app {

ExitCode run_doctor(const DoctorOptions& options, EventSink& events) {
  return run_doctor([&] { return gather_facts(options); }, events);
}

ExitCode run_doctor(const std::function<DoctorFacts()>& gather, EventSink& events) {
  const auto checks = judge(gather());
  for (const Check& check : checks) events.on(check);
  const DoctorResult result = sum_up(checks);
  events.on(result);
  return result.can_host() && result.can_view() ? ExitCode::kDone : ExitCode::kCouldNotStart;
}

}  // namespace pixelpass::app
