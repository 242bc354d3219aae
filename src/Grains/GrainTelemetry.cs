using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Orchestrator.Grains;

/// <summary>Traces and metrics of the control plane.</summary>
public static class GrainTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Orchestrator.Grains";

    internal static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Dispatched = Meter.CreateCounter<long>("orchestrator.runs.dispatched", "{run}", "Runs handed out, every attempt counted");
    internal static readonly Counter<long> Ended = Meter.CreateCounter<long>("orchestrator.runs.ended", "{run}", "Runs that reached a final state");
    internal static readonly Counter<long> Lost = Meter.CreateCounter<long>("orchestrator.leases.lost", "{lease}", "Leases that ended without a result");
    internal static readonly UpDownCounter<int> Leases = Meter.CreateUpDownCounter<int>("orchestrator.leases", "{lease}", "Runs of this silo that a worker holds");
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("orchestrator.reports.refused", "{message}", "Claims and reports refused as stale");
    internal static readonly Counter<long> Snapshots = Meter.CreateCounter<long>("orchestrator.snapshots.accepted", "{snapshot}", "Measured snapshots made durable");
    internal static readonly Counter<long> Repairs = Meter.CreateCounter<long>("orchestrator.repairs", "{repair}", "Differences between sweep and model that the reconciler mended");

    /// <summary>Starts an activity in the run's own trace.</summary>
    internal static Activity? InRun(string name, string? traceParent, ActivityKind kind = ActivityKind.Internal) =>
        traceParent is not null && ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)
            ? Source.StartActivity(name, kind, parent)
            : Source.StartActivity(name, kind);

    /// <summary>The id of the trace that a context belongs to; null where nothing is traced.</summary>
    internal static string? TraceOf(string? traceParent) => ActivityContext.TryParse(traceParent, null, out var context) ? context.TraceId.ToHexString() : null;
}
