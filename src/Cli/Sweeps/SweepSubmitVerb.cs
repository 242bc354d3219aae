using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Output;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep submit</c>: starts a sweep on a server, or trains it in this process.</summary>
internal sealed class SweepSubmitVerb : Verb
{
    private readonly Argument<string> _file = SweepArguments.File();
    private readonly Option<bool> _watch = new("--watch") { Description = "Follow the sweep until it ends and print its result" };
    private readonly Option<bool> _embedded = new("--embedded") { Description = "Train in this process, without a server, and wait for the result" };
    private readonly LocalWorkerOptions _worker = new();

    public SweepSubmitVerb(CliServices services) : base(
        services, "submit", "Starts a sweep; the same specification submitted twice is the same sweep",
        "sweep submit FILE --embedded # train it in this process and wait for the result",
        "sweep submit FILE # hand it to a running server and return",
        "sweep submit FILE --watch # and follow it to its end")
    {
        Add(_file);
        Add(_watch);
        Add(_embedded);
        _worker.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetValue(_embedded) && result.GetValue(GlobalOptions.Server) is not null)
            {
                result.AddError("--embedded trains in this process and --server on another one: give one of the two");
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var path = arguments.GetRequiredValue(_file);
        var loaded = Services.SweepFiles.Load(Path.GetFullPath(path, Services.WorkingFolder), cancellation);
        var settings = arguments.ReadServer(Services);
        if (arguments.GetValue(_embedded))
        {
            var start = new LocalStart(0, Worker: _worker.Read(arguments));
            return await new EmbeddedSweep(Services, settings, arguments.WantsJson())
                .Train(loaded, start, $"sweep submit {path} --embedded", keep: false, cancellation);
        }
        await using var connection = await Locate(arguments).ForServer(cancellation);
        var submitted = await Submission.Send(connection.Client, loaded, Terminal, cancellation);
        if (arguments.GetValue(_watch))
        {
            return await new SweepFollower(Services).ToResult(connection.Client, submitted.Id, arguments.WantsJson(), cancellation);
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(submitted);
            return ExitCode.Done;
        }
        Terminal.Line($"sweep {submitted.Name} ({Format.Id(submitted.Id)}) {(submitted.Created ? "started" : "existed already")}; {Format.Counts(submitted.Runs)}");
        Terminal.Line($"follow it: ./orchestrator sweep watch {Format.Id(submitted.Id)}");
        return ExitCode.Done;
    }
}
