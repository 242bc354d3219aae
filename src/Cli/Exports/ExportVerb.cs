using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Exports;

/// <summary><c>export</c>: a whole sweep as files.</summary>
internal sealed class ExportVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string> _folder = new Option<string>("--out") { Description = "Folder for the files: new, empty, or with an export of this sweep that is to be brought up", HelpName = "DIR", Required = true }.NamesPath();
    private readonly Option<string> _weights = new Option<string>("--weights") { Description = "Which snapshots' weights: final (default), all, a step, or none", HelpName = "WHEN", DefaultValueFactory = _ => "final" }.NamesSnapshots("final", "all", "none");

    public ExportVerb(CliServices services) : base(
        services, "export", "Writes a sweep as files: every table as Parquet, weights as safetensors, the specification, and a manifest with hashes",
        "export last --out exported # tables, and the weights of every run's last snapshot",
        "export last --out exported --weights none # tables alone",
        "export last --out exported --weights all # every snapshot; what is there already is kept")
    {
        Add(_sweep);
        Add(_folder);
        Add(_weights);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(arguments.GetRequiredValue(_folder), Services.WorkingFolder);
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var findings = await connection.Client.GetFindings(arguments.GetRequiredValue(_sweep), cancellation);
        var folder = SweepExport.Folder(path);
        var told = Services.Clock.GetTimestamp();
        ExportedSweep exported;
        try
        {
            exported = await new SweepExport(connection.Client).Write(findings, arguments.GetValue(_weights)!, folder, Progress, cancellation);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"--out {path} cannot be written: {refused.Message} Make room there, or name another folder; what is complete is kept.", refused);
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { Folder = path, exported.Sweep, Files = exported.Files.Count, Bytes = exported.Files.Sum(file => file.Bytes), Runs = exported.Runs.Count });
            return ExitCode.Done;
        }
        Terminal.Line($"sweep {exported.Name} ({Format.Id(exported.Sweep)}) in {path}: {exported.Files.Count} files, {exported.Files.Sum(file => file.Bytes) / 1e6:F1} MB, weights of {exported.Runs.Count} runs; manifest.json has their hashes");
        Terminal.Line($"read a table: python3 -c \"import pandas; print(pandas.read_parquet('{Path.Combine(path, "tables", "heads.parquet")}'))\"");
        return ExitCode.Done;

        void Progress(int run, int of)
        {
            if (Services.Clock.GetElapsedTime(told) > TimeSpan.FromSeconds(2))
            {
                told = Services.Clock.GetTimestamp();
                Terminal.Note($"run {run} of {of}");
            }
        }
    }
}
