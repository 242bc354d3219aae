using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Orchestrator.Cli.About;
using Orchestrator.Cli.Analyze;
using Orchestrator.Cli.Assistants;
using Orchestrator.Cli.Dev;
using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Exports;
using Orchestrator.Cli.Heads;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Query;
using Orchestrator.Cli.Quickstart;
using Orchestrator.Cli.Reports;
using Orchestrator.Cli.Results;
using Orchestrator.Cli.Roles;
using Orchestrator.Cli.Runs;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Cli.Tokens;
using Orchestrator.Cli.Workers;

namespace Orchestrator.Cli.CommandLine;

/// <summary>The program: every verb there is.</summary>
internal sealed class Root : RootCommand
{
    public Root(CliServices services)
        : base("Trains sweeps of small attention-only transformers, takes every head apart at every snapshot, and reports induction-head statistics with error bars.")
    {
        Add(new QuickstartVerb(services));
        Add(new DevVerb(services));
        Add(new Command("sweep", "Plan, start, follow and read sweeps")
        {
            new SweepPlanVerb(services), new SweepSubmitVerb(services), new SweepListVerb(services),
            new SweepShowVerb(services), new SweepWatchVerb(services), new SweepMeasureVerb(services), new SweepCancelVerb(services),
        });
        Add(new Command("run", "Read, export and end single runs")
        {
            new RunListVerb(services), new RunShowVerb(services), new RunHeadVerb(services), new RunLogsVerb(services), new RunExportVerb(services), new RunCancelVerb(services),
        });
        Add(new HeadsVerb(services));
        Add(new QueryVerb(services));
        Add(new Command("results", "Look after the files that queries read") { new ResultsRebuildVerb(services) });
        Add(new ReportVerb(services));
        Add(new ExportVerb(services));
        Add(new AnalyzeVerb(services));
        Add(new WorkersVerb(services));
        Add(new SiloVerb(services));
        Add(new WorkerVerb(services));
        Add(new Command("token", "Make, list and revoke the tokens of a server") { new TokenCreateVerb(services), new TokenListVerb(services), new TokenRevokeVerb(services) });
        Add(new McpVerb(services));
        Add(new DoctorVerb(services));
        Add(new VersionVerb(services));
        Add(GlobalOptions.Server);
        Add(GlobalOptions.Token);
        Add(GlobalOptions.TokenInFile);
        Add(GlobalOptions.Data);
        Add(GlobalOptions.Json);
        var help = Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelp((HelpAction)help.Action!);
        SetAction(arguments => ((SynchronousCommandLineAction)help.Action).Invoke(arguments));
    }

    /// <summary>The way from nothing to a result.</summary>
    public IReadOnlyList<string> Examples { get; } =
    [
        "quickstart # train 10 models, see which depths grow induction heads",
        "sweep plan recipes/quickstart.yaml # what a sweep file would do, without doing it",
        "sweep submit FILE --embedded # train a sweep in this process and wait",
        "dev # keep a server with one worker running",
        "sweep submit FILE --watch # train a sweep on that server",
        "sweep show last # the result table of the newest sweep",
        "heads last --group-by model.layers,layer,role # head metrics over seeds by what heads do, with intervals",
        "query \"select role, count(*) from heads group by role\" # ask anything in SQL; query --help lists the tables",
        "analyze MODEL.safetensors --tokens FILE # take one model file apart",
        "doctor # what is wrong with this machine, and the fix",
    ];

    /// <summary>Parses and runs one command line.</summary>
    public static async Task<int> Run(IReadOnlyList<string> arguments, CliServices services, CancellationToken interrupted)
    {
        try
        {
            return await Parsed(arguments, services, interrupted);
        }
        catch (OutputException lost)
        {
            try
            {
                if (!lost.ReaderLeft)
                {
                    services.Terminal.Note($"error: {lost.Message}");
                }
            }
            catch (OutputException)
            {
                // Both streams are gone: the exit code alone is left to say it.
            }
            return ExitCode.Failed;
        }
    }

    private static async Task<int> Parsed(IReadOnlyList<string> arguments, CliServices services, CancellationToken interrupted)
    {
        var parsed = new Root(services).Parse(arguments);
        var wrong = parsed.Action as ParseErrorAction;
        var configuration = new InvocationConfiguration
        {
            Output = wrong is null ? services.Terminal.Output : services.Terminal.Error,
            Error = services.Terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // signals are handled in one place: Interrupt
        };
        if (wrong is null)
        {
            return await parsed.InvokeAsync(configuration, interrupted);
        }
        wrong.ShowHelp = false;
        await parsed.InvokeAsync(configuration, interrupted);
        var command = parsed.CommandResult.Command;
        if (command is not Verb && command.Subcommands.Count > 0)
        {
            services.Terminal.Note($"Verbs here: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}.");
        }
        if (command is Verb)
        {
            services.Terminal.Note($"Usage: {Path(command)} {string.Concat(command.Arguments.Select(argument => argument.Name + " "))}[options]");
        }
        services.Terminal.Note($"See {Path(command)} --help for its options and examples.");
        return ExitCode.Usage;
    }

    private static string Path(Command command)
    {
        var names = new Stack<string>();
        for (Symbol? symbol = command; symbol is not null and not RootCommand; symbol = symbol.Parents.FirstOrDefault())
        {
            names.Push(symbol.Name);
        }
        return string.Join(' ', names.Prepend("./orchestrator"));
    }
}
