using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker;

/// <summary>Introduces the worker, keeps its leases alive, and gives everything back when the process is told to stop.</summary>
public sealed class WorkerService(
    WorkerOptions options, IControlPlane control, PackHandler packs, IWorkQueues queues, IArtifactStore artifacts, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WorkerService> log) : BackgroundService
{
    private const int BeatsPerLease = 9;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var known = false;
        var pause = options.Heartbeat;
        var patience = Timeout.InfiniteTimeSpan;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (known)
                {
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    limit.CancelAfter(patience); // an answer that got lost must not cost the lease
                    var settled = await Beat(limit.Token);
                    known = settled is not null;
                    await Task.Delay(settled switch { null => TimeSpan.Zero, true => pause, false => Soon }, time, stoppingToken);
                }
                else if (await Introduce(stoppingToken) is { } lease)
                {
                    queues.Take([options.Device, .. queues.Taken]);
                    (known, pause, patience) = (true, TimeSpan.FromTicks(Math.Min(options.Heartbeat.Ticks, lease.Ticks / BeatsPerLease)), lease / 4);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                WorkLog.NoAnswer(log, known ? "heartbeat" : "introduction", error.Message);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _ = queues.Leave(); // first: what is released now must come to others. It tells of its own failures
        await Try("giving its runs back", () => packs.Drain().WaitAsync(options.DrainWithin, time, cancellationToken));
        await base.StopAsync(cancellationToken);
        await Try("its farewell", () => control.Bye(new WorkerBye(options.WorkerId), cancellationToken));
    }

    /// <summary>A worker that is told to stop ends, whoever else is there: leases end what it could not give back.</summary>
    private async Task Try(string what, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception error)
        {
            WorkLog.NotInOrder(log, options.WorkerId, what, error.Message);
        }
    }

    /// <summary>
    /// Renews leases, and takes from the queues that the control plane names. Returns whether the control plane knows all that is to
    /// be known of this worker for now, or null if the worker must introduce itself again.
    /// </summary>
    private async Task<bool?> Beat(CancellationToken cancellation)
    {
        string[] told = [.. queues.Taken.Where(queue => queue != options.Device)];
        var reply = await packs.Beat(told, cancellation);
        if (!reply.Known)
        {
            return null;
        }
        queues.Take([options.Device, .. reply.Queues]);
        return told.SequenceEqual(reply.Queues);
    }

    /// <summary>Says hello; returns the lease where the worker may take work, and ends the process where it may not.</summary>
    private async Task<TimeSpan?> Introduce(CancellationToken cancellation)
    {
        var proof = await artifacts.Put(Encoding.UTF8.GetBytes($"worker {options.WorkerId}"), cancellation);
        var hello = new WorkerHello(
            options.WorkerId, options.Device, options.Slots, Environment.MachineName, options.MemoryGb, options.Labels, proof, Versions.Protocol, Versions.Trainer, Versions.Metrics);
        var welcome = await control.Hello(hello, cancellation);
        await artifacts.Delete(proof, cancellation);
        if (!welcome.Accepted)
        {
            WorkLog.Unwelcome(log, options.WorkerId, welcome.Reason);
            lifetime.StopApplication();
            return null;
        }
        WorkLog.Welcome(log, options.WorkerId, options.Slots, options.Device);
        return welcome.Lease;
    }
}
