using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run logs</c>: what control plane and workers wrote about a run.</summary>
internal sealed class RunLogsVerb : Verb
{
    /// <summary>Looks without news after a run has ended until following ends too: a worker's last lines come a little later than its result.</summary>
    private const int Afterwards = 15;

    private readonly Argument<string> _run = RunArguments.Id();
    private readonly Option<bool> _follow = new("--follow") { Description = "Print new lines until the run has ended; with --json, wait for the end first" };

    public RunLogsVerb(CliServices services) : base(
        services, "logs", "Prints the log of a run, by the control plane and by every worker that had it",
        "run logs a1b2c3 # also when its workers are gone",
        "run logs a1b2c3 --follow # until the run has ended",
        "run logs a1b2c3 --json # the same as one JSON array")
    {
        Add(_run);
        Add(_follow);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var detail = await connection.Client.GetRun(arguments.GetRequiredValue(_run), cancellation);
        Action<RunLogLine> print = arguments.WantsJson() ? _ => { } : Print;
        var lines = arguments.GetValue(_follow)
            ? await Follow(connection.Client, detail.Id, print, cancellation)
            : await Show(connection.Client, detail.Id, print, cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(lines);
        }
        else if (lines.Count == 0)
        {
            Terminal.Line($"nothing was written about run {Format.Id(detail.Id)}, which is {Format.State(detail.State)}");
        }
        return ExitCode.Done;
    }

    private static async Task<IReadOnlyList<RunLogLine>> Show(OrchestratorClient client, string id, Action<RunLogLine> print, CancellationToken cancellation)
    {
        var lines = await client.GetRunLogs(id, cancellation);
        foreach (var line in lines)
        {
            print(line);
        }
        return lines;
    }

    private async Task<IReadOnlyList<RunLogLine>> Follow(OrchestratorClient client, string id, Action<RunLogLine> print, CancellationToken cancellation)
    {
        var printed = new HashSet<RunLogLine>();
        for (var quiet = 0; ; quiet++)
        {
            var ended = (await client.GetRun(id, cancellation)).State.IsFinal();
            var lines = await client.GetRunLogs(id, cancellation);
            foreach (var line in lines.Where(printed.Add))
            {
                print(line);
                quiet = 0;
            }
            quiet = ended ? quiet : 0;
            if (quiet == Afterwards)
            {
                return lines;
            }
            await Task.Delay(Services.PollInterval, Services.Clock, cancellation);
        }
    }

    private void Print(RunLogLine line) => Terminal.Line(
        $"{line.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}  {line.Attempt,3}  {line.Source,-16}  {Format.State(line.Level),-11}  {line.Line}");
}
