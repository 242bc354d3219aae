using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Silo.Http.Assistants;

namespace Orchestrator.Cli.Assistants;

/// <summary><c>mcp</c>: the read API for assistants, over standard input and output. A server answers the same at <c>/mcp</c>.</summary>
internal sealed class McpVerb : Verb
{
    private readonly Option<bool> _submit = new("--submit") { Description = "Let the assistant start sweeps too; without it, it reads and plans" };

    public McpVerb(CliServices services) : base(
        services, "mcp", "Answers an assistant's questions over standard input and output (Model Context Protocol): sweeps, tables, SQL, groups with intervals. "
            + "A server answers the same over HTTP at its address with /mcp, behind the same tokens",
        "mcp # reads a running server, or the data folder",
        "mcp --server http://lab:5080 --token-file token --submit # a cluster, on which it may start sweeps") => Add(_submit);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await (arguments.GetValue(_submit) ? Locate(arguments).ForChanging(cancellation) : Locate(arguments).ForReading(cancellation));
        var options = new McpServerOptions();
        AssistantServer.Configure(options, connection.Client, arguments.GetValue(_submit));
        await using var transport = new StdioServerTransport(options, NullLoggerFactory.Instance);
        await using var server = McpServer.Create(transport, options, NullLoggerFactory.Instance);
        try
        {
            await server.RunAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how one ends it at a terminal.
        }
        return ExitCode.Done;
    }
}
