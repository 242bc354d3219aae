using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Exports;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run export</c>: a run's snapshots as files that <c>analyze</c> takes as they are.</summary>
internal sealed class RunExportVerb : Verb
{
    private readonly Argument<string> _run = RunArguments.Id();
    private readonly Option<string> _folder = new Option<string>("--out") { Description = "Folder for the files: new, empty, or with an export of this run that is to be completed", HelpName = "DIR", Required = true }.NamesPath();
    private readonly Option<string> _at = new Option<string>("--at") { Description = "Which snapshots: final (default), all, or a step", HelpName = "WHEN", DefaultValueFactory = _ => "final" }.NamesSnapshots("final", "all");

    public RunExportVerb(CliServices services) : base(
        services, "export", "Writes weights of a run as safetensors, with configuration and evaluation tokens, for analyze and TransformerLens",
        "run export a1b2c3 --out exported # the last snapshot",
        "run export a1b2c3 --out exported --at all # every snapshot; what is there already is kept",
        "run export a1b2c3 --out exported --at 120 # the snapshot of step 120")
    {
        Add(_run);
        Add(_folder);
        Add(_at);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(arguments.GetRequiredValue(_folder), Services.WorkingFolder);
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var detail = await connection.Client.GetRun(arguments.GetRequiredValue(_run), cancellation);
        var snapshots = await connection.Client.ListSnapshots(detail.Id, cancellation);
        var chosen = RunExport.Choose(detail, snapshots, arguments.GetValue(_at)!);
        var folder = RunExport.Folder(path);
        var files = folder.Files;
        var exported = await Export(connection.Client, path);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { Folder = path, files.Written, files.Kept, Run = exported });
            return ExitCode.Done;
        }
        Terminal.Line($"run {Format.Id(detail.Id)}: {chosen.Count} of {snapshots.Count} snapshots in {path}; {files.Written.Count} files written, {files.Kept.Count} were there");
        Terminal.Line($"take one apart: ./orchestrator analyze {Path.Combine(path, exported.Snapshots[^1].File)} --tokens {Path.Combine(path, exported.Snapshots[^1].Tokens)}");
        return ExitCode.Done;

        async Task<ExportedRun> Export(OrchestratorClient client, string path)
        {
            try
            {
                return await new RunExport(client).Write(detail, chosen, folder, cancellation);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new CliException(ExitCode.Failed, $"--out {path} cannot be written: {refused.Message} Make room there, or name another folder; what is complete is kept.", refused);
            }
        }
    }
}
