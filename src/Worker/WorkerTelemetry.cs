using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Worker;

/// <summary>Traces and metrics of a worker.</summary>
public static class WorkerTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Orchestrator.Worker";

    internal static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Steps = Meter.CreateCounter<long>("orchestrator.training.steps", "{step}", "Optimizer steps, every model of a pack counted");
    internal static readonly Histogram<double> StepSeconds = Meter.CreateHistogram(
        "orchestrator.training.step.duration", "s", "One optimizer step of a whole pack, by shape of its models (such as L2.H2.d64.c32)", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets.Seconds });
    internal static readonly Histogram<double> MeasureSeconds = Meter.CreateHistogram(
        "orchestrator.measuring.duration", "s", "All metrics of one snapshot", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets.Seconds });
    internal static readonly UpDownCounter<int> Busy = Meter.CreateUpDownCounter<int>("orchestrator.worker.slots.busy", "{slot}", "Slots of this worker with a pack in them");

    /// <summary>A shape in few characters: layers, heads, width and context of a transformer; features and hidden dimensions of a toy.</summary>
    internal static string Shape(Architecture model) => model switch
    {
        ModelConfiguration m => $"L{m.Layers}.H{m.Heads}.d{m.DModel}.c{m.NCtx}",
        ReluToy toy => $"toy.f{toy.Features}.h{toy.Hidden}",
        _ => model.GetType().Name,
    };

    /// <summary>Starts an activity in the run's own trace.</summary>
    internal static Activity? InRun(string name, string? traceParent) =>
        traceParent is not null && ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)
            ? Source.StartActivity(name, ActivityKind.Internal, parent)
            : Source.StartActivity(name);
}
