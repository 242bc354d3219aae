using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Reports;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A sweep that was asked for: its id, and a line that says what is done.</summary>
internal sealed record BegunSweep(string Id, string Opening);

/// <summary>A sweep worked on in this process, from the first word to the report.</summary>
internal sealed class EmbeddedSweep(CliServices services, ServerSettings settings, bool asJson)
{
    /// <summary>Trains the sweep, prints what it found and returns the exit code.</summary>
    public Task<int> Train(LoadedSweep sweep, LocalStart start, string command, bool keep, CancellationToken cancellation) =>
        Run(async client => Opening(await Submission.Send(client, sweep, services.Terminal, cancellation)), start, command, keep, cancellation);

    /// <summary>Does what was asked for to the end, prints what the sweep found and returns the exit code.</summary>
    /// <param name="begin">Asks for it; repeated if the process that was asked ended.</param>
    /// <param name="start">How the control plane is started.</param>
    /// <param name="command">The command line that the user can repeat to continue.</param>
    /// <param name="keep">Whether the process stays up afterwards until it is interrupted.</param>
    /// <param name="cancellation">Stops in order; everything that is durable stays.</param>
    public async Task<int> Run(Func<OrchestratorClient, Task<BegunSweep>> begin, LocalStart start, string command, bool keep, CancellationToken cancellation)
    {
        var began = services.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await Once(begin, start, keep, began, cancellation);
            }
            catch (OthersEndedException)
            {
                services.Terminal.Note("the process that worked on this data folder has ended: going on here");
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                services.Terminal.Note($"interrupted; everything so far is kept in {settings.DataFolder}. Continue with: {Continue(command)}");
                return ExitCode.Interrupted;
            }
        }
    }

    private async Task<int> Once(Func<OrchestratorClient, Task<BegunSweep>> begin, LocalStart start, bool keep, long began, CancellationToken cancellation)
    {
        var follower = new SweepFollower(services);
        await using var connection = await new ServerLocator(services, settings).ForTraining(start, cancellation);
        try
        {
            var begun = await begin(connection.Client);
            services.Terminal.Note(begun.Opening + (connection.IsEmbedded ? "" : $", on the process that already works on this data folder ({connection.Client.Address})") + $"; watch it at {connection.Client.Address}sweeps/{begun.Id}");
            var ended = await follower.ToEnd(connection.Client, begun.Id, TimeSpan.Zero, cancellation);
            var result = await Report(connection.Client, ended.Id, keep, began, cancellation);
            follower.Print(result, asJson);
            if (keep)
            {
                await Stay(connection, cancellation);
            }
            return await follower.Judge(connection.Client, result, cancellation);
        }
        catch (ServerUnreachableException error) when (!connection.IsEmbedded)
        {
            throw new OthersEndedException(error);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested && connection.IsEmbedded)
        {
            services.Terminal.Note("stopping: open runs write a checkpoint (Ctrl-C again ends at once)");
            throw;
        }
    }

    private async Task<SweepResult> Report(OrchestratorClient client, string sweep, bool keep, long began, CancellationToken cancellation)
    {
        var result = await client.GetSweep(sweep, cancellation);
        result = result with
        {
            ElapsedSeconds = Math.Round(services.Clock.GetElapsedTime(began).TotalSeconds, 3),
            Dashboard = keep ? result.Dashboard ?? client.Address.ToString() : null,
        };
        var path = ReportFile.PathIn(settings.DataFolder, sweep);
        try
        {
            ReportFile.Write(path, (await ReportContent.Of(client, sweep, cancellation)).Page());
            return result with { Report = path };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ServerErrorException)
        {
            services.Terminal.Note($"the report {path} could not be written: {error.Message}"); // the result stands without it
            return result;
        }
    }

    private async Task Stay(Connection connection, CancellationToken cancellation)
    {
        services.Terminal.Note($"stays up at {connection.Client.Address} until Ctrl-C");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, services.Clock, cancellation);
        }
        catch (OperationCanceledException)
        {
            services.Terminal.Note("stopping");
        }
    }

    private static BegunSweep Opening(SubmitResult submitted) =>
        new(submitted.Id, $"sweep {submitted.Name} ({Format.Id(submitted.Id)}){(submitted.Created ? "" : " continues")}: {submitted.Runs.Total} runs");

    private string Continue(string command) =>
        "./orchestrator " + command + (settings.DataArgument is { } folder ? $" --data {folder}" : "");

    private sealed class OthersEndedException(Exception inner) : Exception("the other process ended", inner);
}
