using System.Diagnostics.Metrics;

namespace Orchestrator.Results;

/// <summary>What the read side tells of itself.</summary>
internal static class ResultsTelemetry
{
    private static readonly Meter Meter = new("Orchestrator.Results");

    /// <summary>Sweeps that cannot be read.</summary>
    public static readonly Counter<long> SweepsSetAside = Meter.CreateCounter<long>("orchestrator.sweeps.set_aside", "{sweep}", "Sweeps set aside because this version cannot read them");

    /// <summary>Projections that could not be read.</summary>
    public static readonly Counter<long> ProjectionsDamaged = Meter.CreateCounter<long>("orchestrator.projections.damaged", "{projection}", "Parquet projections of sweeps that were found damaged and made again");
}
