using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Sweeps;

namespace Orchestrator.Cli.Quickstart;

/// <summary><c>quickstart</c>: from nothing to the result table in one command.</summary>
internal sealed class QuickstartVerb : Verb
{
    private readonly Option<bool> _keep = new("--keep") { Description = "Stay up after the sweep, until Ctrl-C" };
    private readonly LocalWorkerOptions _worker = new();

    public QuickstartVerb(CliServices services) : base(
        services, "quickstart", "Trains recipes/quickstart.yaml in this process and prints which depths grow induction heads",
        "quickstart # live progress, then the result table and where the report is",
        "quickstart --json # the result as one JSON document, progress on stderr",
        "quickstart --keep # and stay up as a server afterwards")
    {
        Add(_keep);
        _worker.AddTo(this);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var loaded = Services.SweepFiles.Load(Path.Combine(Services.RecipeFolder, "quickstart.yaml"), cancellation);
        var start = LocalStart.Default with { Worker = _worker.Read(arguments) };
        var stays = arguments.GetValue(_keep);
        return await new EmbeddedSweep(Services, arguments.ReadServer(Services), arguments.WantsJson())
            .Train(loaded, start, stays ? "quickstart --keep" : "quickstart", stays, cancellation);
    }
}
