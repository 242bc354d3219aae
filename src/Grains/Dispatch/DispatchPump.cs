using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;

namespace Orchestrator.Grains.Dispatch;

/// <summary>
/// Publishes on behalf of grains, so that no grain's turn ever waits for a broker. What cannot be sent is dropped and logged:
/// every dispatched run is durable, and its sweep's supervisor publishes it again.
/// </summary>
public sealed class DispatchPump(IWorkers workers, ILogger<DispatchPump> log) : BackgroundService
{
    private const int AtOnce = 32;
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(10);
    private readonly Channel<Func<CancellationToken, Task>> _outbox = Channel.CreateUnbounded<Func<CancellationToken, Task>>();

    /// <summary>Puts a pack into the outbox, for a work queue.</summary>
    public void Publish(string queue, TrainPack pack) => _outbox.Writer.TryWrite(async cancellation =>
    {
        using var activity = GrainTelemetry.InRun("pack.publish", pack.Runs[0].TraceParent);
        await workers.Send(queue, pack, cancellation);
    });

    /// <summary>Queues an order to stop one attempt.</summary>
    public void Stop(string workerId, RunRefusal run) => _outbox.Writer.TryWrite(cancellation => workers.Stop(workerId, new StopRuns([run]), cancellation));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Pump(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // told to stop: what was not sent is durable, and the next process sends it
        }
    }

    /// <summary>A broker confirms a message when it is on the disk: many wait for that together, in no order among them.</summary>
    private Task Pump(CancellationToken stoppingToken) => Parallel.ForEachAsync(
        _outbox.Reader.ReadAllAsync(stoppingToken), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, Send);

    private async ValueTask Send(Func<CancellationToken, Task> send, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(SendWithin);
        try
        {
            await send(limit.Token);
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            GrainLog.NotPublished(log, error);
        }
    }
}
