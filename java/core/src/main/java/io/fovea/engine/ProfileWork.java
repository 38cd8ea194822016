package io.fovea.engine;

import io.fovea.profiling.ProfilingOps;

/** A request run again and again, each time once untouched and once with every op timed. */
final class ProfileWork extends ExclusiveWork<Profile> {
  private static final int WARM_UP_ROUNDS = 2;

  private final ProfiledRequest request;
  private final ProfileOptions options;

  ProfileWork(ProfiledRequest request, ProfileOptions options) {
    super("the profile");
    this.request = request;
    this.options = options;
  }

  @Override
  int pagesWanted() {
    return request.pages();
  }

  @Override
  Profile compute() {
    LoadedModel model = request.model();
    Peaks peaks = PeakMeasurement.of(model.device(), model.model().dtype(), options);
    PhaseSums sums = new PhaseSums();
    UnprofiledSteps unprofiled = new UnprofiledSteps(model.ops(), sums);
    ProfiledSteps profiled =
        new ProfiledSteps(new ProfilingOps(model.ops(), model.ops().clock()), sums);
    for (int round = -WARM_UP_ROUNDS; round < options.rounds(); round++) {
      if (round == 0) {
        sums.clear();
      }
      sums.beginRound();
      request.run(unprofiled, this::requireWanted);
      request.run(profiled, this::requireWanted);
    }
    return new Profile(
        request.prompt().length(),
        request.prompt().imageTokens(),
        options.tokens(),
        options.rounds(),
        peaks,
        sums.phases(),
        sums.calls());
  }
}
