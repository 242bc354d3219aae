using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Logs;

/// <summary>
/// Passes lines on in the background, gathered for a while. What could not be passed on is tried again, while newer lines push the
/// oldest out of the buffer: whoever logs never waits and never fails.
/// </summary>
/// <param name="lines">The lines.</param>
/// <param name="send">Sends or stores them; may throw.</param>
/// <param name="pace">Time in which lines are gathered, and before a failure is tried again.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where failures are told, once per failure in a row.</param>
public sealed partial class RunLogPump(
    RunLogBuffer lines, Func<IReadOnlyList<RunLogEntry>, CancellationToken, Task> send, TimeSpan pace, TimeProvider time, ILogger<RunLogPump> log) : BackgroundService
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private IReadOnlyList<RunLogEntry> _unsent = [];
    private bool _failing;

    /// <summary>Passes on what is left, for as long as a farewell may take.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Farewell);
        await SendAll(limit.Token);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_unsent.Count == 0)
            {
                await lines.Wait(stoppingToken);
            }
            await Task.Delay(pace, time, stoppingToken);
            await SendAll(stoppingToken);
        }
    }

    private async Task SendAll(CancellationToken cancellation)
    {
        try
        {
            for (; ; _unsent = [])
            {
                _unsent = _unsent.Count > 0 ? _unsent : lines.Take();
                if (_unsent.Count == 0)
                {
                    return;
                }
                await send(_unsent, cancellation);
                _failing = false;
            }
        }
        catch (Exception error)
        {
            if (!_failing && !cancellation.IsCancellationRequested)
            {
                NotPassedOn(log, _unsent.Count, error.Message);
                _failing = true;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Lines} lines of runs' logs were not passed on; they are tried again: {Reason}")]
    private static partial void NotPassedOn(ILogger log, int lines, string reason);
}
