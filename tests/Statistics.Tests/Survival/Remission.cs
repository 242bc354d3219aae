using Orchestrator.Statistics.Survival;

namespace Orchestrator.Statistics.Tests.Survival;

/// <summary>Weeks of remission of 42 patients with leukaemia (Freireich et al. 1963), the standard example of survival analysis.</summary>
internal static class Remission
{
    public static Observation[] Treated { get; } =
    [
        .. new[] { 6.0, 6, 6, 7, 10, 13, 16, 22, 23 }.Select(week => new Observation(week, true)),
        .. new[] { 6.0, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35 }.Select(week => new Observation(week, false)),
    ];

    public static Observation[] Placebo { get; } =
        [.. new[] { 1.0, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23 }.Select(week => new Observation(week, true))];
}
