using System.Collections.Concurrent;
using System.Diagnostics;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>The workers' side of the control bus, with a count of calls by kind and the time that heartbeats and reports took.</summary>
internal sealed class CountedControlPlane(IControlPlane bus, Calls calls) : IControlPlane
{
    public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation) => calls.Count("hello", bus.Hello(hello, cancellation));

    public Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation) => calls.Count("bye", bus.Bye(bye, cancellation));

    public Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation) => calls.Count("claim", bus.Claim(claim, cancellation));

    public Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation) => calls.Count("heartbeat", bus.Beat(heartbeat, cancellation));

    public Task<ReportReply> Report(RunReport report, CancellationToken cancellation) => calls.Count(report.End is null ? "snapshot" : "finish", bus.Report(report, cancellation));

    public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation) => calls.Count("log", bus.Log(log, cancellation));
}

/// <summary>What every worker of the simulation asked.</summary>
internal sealed class Calls
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<double>> _took = [];
    private int _failed;

    /// <summary>Calls that were not answered in time.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Milliseconds to the answer, by kind of call.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<double>> Took => _took.ToDictionary(t => t.Key, t => (IReadOnlyCollection<double>)[.. t.Value]);

    public async Task<T> Count<T>(string kind, Task<T> call)
    {
        var from = Stopwatch.GetTimestamp();
        try
        {
            return await call;
        }
        catch
        {
            Interlocked.Increment(ref _failed);
            throw;
        }
        finally
        {
            _took.GetOrAdd(kind, _ => []).Enqueue(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
    }

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        _took.Clear();
        Volatile.Write(ref _failed, 0);
    }
}
