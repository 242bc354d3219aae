using System.Net;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Live;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary>Follows a sweep until it ends and shows its progress meanwhile.</summary>
internal sealed class SweepFollower(CliServices services)
{
    /// <summary>How long a server may be away (a restart) before following it gives up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Follows a sweep on a server, prints what it found and returns the exit code.</summary>
    public async Task<int> ToResult(OrchestratorClient client, string sweep, bool asJson, CancellationToken cancellation)
    {
        try
        {
            var ended = await ToEnd(client, sweep, Patience, cancellation);
            var result = await client.GetSweep(ended.Id, cancellation);
            Print(result, asJson);
            return await Judge(client, result, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            services.Terminal.Note($"stopped watching; the sweep goes on at {client.Address}: ./orchestrator sweep watch {sweep}");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Follows a sweep until every run has ended.</summary>
    /// <param name="client">The server.</param>
    /// <param name="sweep">The sweep; <c>last</c> is looked up once.</param>
    /// <param name="patience">How long the server may be away once it has answered.</param>
    /// <param name="cancellation">Stops following.</param>
    public async Task<SweepHead> ToEnd(OrchestratorClient client, string sweep, TimeSpan patience, CancellationToken cancellation)
    {
        await using var view = ProgressView.Open(services.Terminal, services.Clock);
        long? lastAnswer = null;
        while (true)
        {
            try
            {
                var progress = await client.GetProgress(sweep, cancellation);
                lastAnswer = services.Clock.GetTimestamp();
                sweep = progress.Sweep.Id;
                view.Show(progress);
                if (progress.Sweep.State is not (SweepState.Running or SweepState.Paused))
                {
                    return progress.Sweep;
                }
            }
            catch (OrchestratorException error) when (IsAway(error) && lastAnswer is { } last && services.Clock.GetElapsedTime(last) < patience)
            {
                view.Say($"no answer from {client.Address}, trying again");
            }
            await Task.Delay(services.PollInterval, services.Clock, cancellation);
        }
    }

    private static bool IsAway(OrchestratorException error) =>
        error is ServerUnreachableException or ServerErrorException { Status: >= HttpStatusCode.InternalServerError }; // one that is stopping answers anything

    /// <summary>Prints the document or the table.</summary>
    public void Print(SweepResult result, bool asJson)
    {
        if (asJson)
        {
            services.Terminal.WriteJson(result);
            return;
        }
        SweepResultTable.Print(services.Terminal, result);
        if (result.Report is not null)
        {
            services.Terminal.Line($"report: {result.Report}");
        }
        if (result.Dashboard is not null)
        {
            services.Terminal.Line($"dashboard: {result.Dashboard}");
        }
    }

    /// <summary>
    /// A sweep with at least one completed run is done; one without has failed, with its reason on stderr. Completed runs that could
    /// not be measured again are named there too.
    /// </summary>
    public async Task<int> Judge(OrchestratorClient client, SweepResult result, CancellationToken cancellation)
    {
        if (result.Sweep.Runs.Completed > 0)
        {
            var kept = (await client.ListRuns(result.Sweep.Id, cancellation)).Where(r => r is { State: RunState.Completed, Reason: not null }).ToArray();
            if (kept.Length > 0)
            {
                services.Terminal.Note($"{kept.Length} of {result.Sweep.Runs.Completed} completed runs could not be measured again and keep the results they had. The first, run {Format.Id(kept[0].Id)}: {kept[0].Reason}");
            }
            return ExitCode.Done;
        }
        services.Terminal.Note(
            $"error: no run of sweep {Format.Id(result.Sweep.Id)} completed ({Format.State(result.Sweep.State)}"
                + $"{(result.Sweep.Reason is { } reason ? $": {reason}" : "")}); {Format.Counts(result.Sweep.Runs)}; reasons: ./orchestrator run list {Format.Id(result.Sweep.Id)}");
        return ExitCode.Failed;
    }
}
