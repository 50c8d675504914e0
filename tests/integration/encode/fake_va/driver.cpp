// A VA-API driver without a GPU: libva loads it by LIBVA_DRIVERS_PATH and LIBVA_DRIVER_NAME=pixelpass_fake.
// It answers questions about profiles and entrypoints and does nothing else. PIXELPASS_FAKE_VA chooses what
// it is: "slice", "low-power", "both", "decoder" (no encoding), "no-cbr" (slice, CQP only), "fails" (its
// start), "profiles-fail", "entrypoints-fail", "attributes-fail" (the question, though it has filled in an
// answer), "boasts" (says that it filled in a thousand).

#include <va/va_backend.h>

#include <cstdlib>
#include <string_view>

namespace {

std::string_view kind() {
  const char* set = std::getenv("PIXELPASS_FAKE_VA");
  return set != nullptr ? set : "";
}

VAStatus terminate(VADriverContextP /*context*/) {
  return VA_STATUS_SUCCESS;
}

VAStatus query_profiles(VADriverContextP /*context*/, VAProfile* list, int* count) {
  list[0] = VAProfileMPEG2Main;
  list[1] = VAProfileH264ConstrainedBaseline;
  list[2] = VAProfileH264Main;
  list[3] = VAProfileH264High;
  *count = kind() == "boasts" ? 1000 : 4;
  return kind() == "profiles-fail" ? VA_STATUS_ERROR_OPERATION_FAILED : VA_STATUS_SUCCESS;
}

VAStatus query_entrypoints(VADriverContextP /*context*/, VAProfile profile, VAEntrypoint* list, int* count) {
  *count = 0;
  list[(*count)++] = VAEntrypointVLD;
  if (profile == VAProfileMPEG2Main || kind() == "decoder") return VA_STATUS_SUCCESS;
  if (kind() != "low-power") list[(*count)++] = VAEntrypointEncSlice;
  if (kind() == "low-power" || kind() == "both") list[(*count)++] = VAEntrypointEncSliceLP;
  if (kind() == "boasts") *count = 1000;
  return kind() == "entrypoints-fail" ? VA_STATUS_ERROR_OPERATION_FAILED : VA_STATUS_SUCCESS;
}

VAStatus get_attributes(VADriverContextP /*context*/, VAProfile /*profile*/, VAEntrypoint entrypoint,
                        VAConfigAttrib* list, int count) {
  const bool encodes = entrypoint != VAEntrypointVLD;
  for (int i = 0; i < count; ++i) {
    list[i].value = VA_ATTRIB_NOT_SUPPORTED;
    if (list[i].type == VAConfigAttribRTFormat) list[i].value = VA_RT_FORMAT_YUV420;
    if (list[i].type == VAConfigAttribRateControl && encodes)
      list[i].value = kind() == "no-cbr" ? VA_RC_CQP : VA_RC_CQP | VA_RC_CBR | VA_RC_VBR;
  }
  return kind() == "attributes-fail" ? VA_STATUS_ERROR_OPERATION_FAILED : VA_STATUS_SUCCESS;
}

VAStatus unimplemented() {
  return VA_STATUS_ERROR_UNIMPLEMENTED;
}

}  // namespace

/// The entry point of the oldest drivers, which every libva 2 takes.
// NOLINTNEXTLINE(bugprone-reserved-identifier): libva looks for this name.
extern "C" __attribute__((visibility("default"))) VAStatus __vaDriverInit_1_0(VADriverContextP context) {
  if (kind() == "fails") return VA_STATUS_ERROR_OPERATION_FAILED;
  context->version_major = 1;
  context->version_minor = 0;
  context->max_profiles = 8;
  context->max_entrypoints = 4;
  context->max_attributes = 8;
  context->max_image_formats = 1;
  context->max_subpic_formats = 1;
  context->max_display_attributes = 1;
  context->str_vendor = "pixelpass fake driver";
  // libva refuses a driver that leaves one of the first entries empty. Nothing here calls them.
  auto* first = reinterpret_cast<VAStatus (**)()>(context->vtable);
  const auto* last = reinterpret_cast<VAStatus (**)()>(&context->vtable->vaCreateSurfaces2);
  while (first != last) *first++ = unimplemented;
  context->vtable->vaTerminate = terminate;
  context->vtable->vaQueryConfigProfiles = query_profiles;
  context->vtable->vaQueryConfigEntrypoints = query_entrypoints;
  context->vtable->vaGetConfigAttributes = get_attributes;
  return VA_STATUS_SUCCESS;
}
