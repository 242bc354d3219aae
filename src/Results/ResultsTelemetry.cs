using System.Diagnostics.Metrics;

namespace Orchestrator.Results;

/// <summary>What the read side tells of itself.</summary>
internal static class ResultsTelemetry
{
    private static readonly Meter Meter = new("Orchestrator.Results");

    /// <summary>Sweeps that cannot be read.</summary>
    public static readonly Counter<long> SweepsSetAside = Meter.CreateCounter<long>("orchestrator.sweeps.set_aside", "{sweep}", "Sweeps set aside because this version cannot read them");
}
