using System.CommandLine;
using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.Sweeps;

/// <summary>What verbs that train in this process take: how many packs at a time, where, and by which libtorch.</summary>
internal sealed class LocalWorkerOptions
{
    private readonly Option<int?> _slots = new("--slots") { Description = "Packs trained at a time in this process (default: one per core, or one per GPU)", HelpName = "N" };
    private readonly Option<string> _device = new("--device") { Description = "Where this process trains: auto (every GPU, or else the cores), cpu, cuda, or cuda:0,cuda:1", HelpName = "WHAT", DefaultValueFactory = _ => "auto" };
    private readonly Option<string?> _libtorch = new("--libtorch") { Description = "Folder of another libtorch, such as that of a CUDA build", HelpName = "DIR" };

    public LocalWorkerOptions() => _slots.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var slots) && slots is < 1 or > 1024)
        {
            result.AddError($"--slots {slots}: give a number from 1 to 1024");
        }
    });

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_slots);
        verb.Add(_device);
        verb.Add(_libtorch);
    }

    /// <summary>What was given.</summary>
    public LocalWorker Read(ParseResult arguments) => new(arguments.GetValue(_slots), arguments.GetValue(_device)!, arguments.GetValue(_libtorch));
}
