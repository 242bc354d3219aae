using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Cli.Tokens;
using Orchestrator.Silo;

namespace Orchestrator.Cli.Dev;

/// <summary><c>dev</c>: control plane and one worker in this process until Ctrl-C.</summary>
internal sealed class DevVerb : Verb
{
    private readonly Option<int> _port = new("--port") { Description = "Port on the loopback address; one that is taken is replaced by a free one", HelpName = "N", DefaultValueFactory = _ => 5080 };
    private readonly Option<string?> _listen = new("--listen") { Description = "Address to listen on instead, such as http://127.0.0.1:8080", HelpName = "URL" };
    private readonly LocalWorkerOptions _worker = new();

    public DevVerb(CliServices services) : base(
        services, "dev", "Runs a server with one local worker in this process, without a sweep, until Ctrl-C",
        "dev # a server at http://127.0.0.1:5080 with its state in .orchestrator",
        "dev --port 8080 --data /tmp/lab # another port, another folder")
    {
        Add(_port);
        Add(_listen);
        Add(TokenArguments.File);
        _worker.AddTo(this);
        _port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 0 or > 65535)
            {
                result.AddError($"--port {value}: give a number from 0 (any free port) to 65535");
            }
        });
        _listen.Validators.Add(result =>
        {
            try
            {
                _ = result.Tokens.Count == 1 ? HttpAccess.Parse(result.Tokens[0].Value, "whoever may use it is asked for later") : null;
            }
            catch (ArgumentException wrong)
            {
                result.AddError(wrong.Message);
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var settings = arguments.ReadServer(Services);
        var wanted = arguments.GetValue(_port);
        var address = arguments.GetValue(_listen);
        await using var connection = await Locate(arguments).Own(new LocalStart(wanted, address, _worker.Read(arguments), TokenArguments.Guarding(arguments, Services, settings)), cancellation);
        var at = connection.Client.Address;
        if (address is null && wanted != 0 && at.Port != wanted)
        {
            Terminal.Note($"port {wanted} is taken: listening on {at.Port} instead");
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new Started(at, settings.DataFolder, Environment.ProcessId));
        }
        else
        {
            Terminal.Line($"listening on {at} with its state in {settings.DataFolder}: the dashboard is at that address too; Ctrl-C ends it");
        }
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Services.Clock, cancellation);
        }
        catch (OperationCanceledException)
        {
            Terminal.Note("stopping: open runs write a checkpoint (Ctrl-C again ends at once)");
        }
        return ExitCode.Done;
    }

    private sealed record Started(Uri Url, string Data, int Pid);
}
