using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Orchestrator.Client;
using Orchestrator.Contracts;

namespace Orchestrator.Silo.Http.Assistants;

/// <summary>What an assistant meets, whatever carries its questions: the server's name, what it says of itself, and its tools.</summary>
public static class AssistantServer
{
    /// <summary>Fills in a server of the Model Context Protocol that one assistant talks to.</summary>
    /// <param name="options">The server's.</param>
    /// <param name="client">Asks the server, or the data folder, for the assistant.</param>
    /// <param name="maySubmit">Whether it may start sweeps, as far as the client may.</param>
    public static void Configure(McpServerOptions options, OrchestratorClient client, bool maySubmit)
    {
        var tools = new AssistantTools(client, maySubmit);
        Configure(options, _ => tools);
    }

    /// <summary>The same where every call has tools of its own.</summary>
    internal static void Configure(McpServerOptions options, Func<RequestContext<CallToolRequestParams>, AssistantTools> tools)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ServerInfo = new Implementation { Name = "orchestrator", Version = Versions.Product };
        options.ServerInstructions = "Sweeps of small attention-only transformers: in what share of seeds do induction heads form, when, and what composes with what. Give every number with its n and interval.";
        options.ToolCollection = [];
        foreach (var method in typeof(AssistantTools).GetMethods().Where(method => method.IsDefined(typeof(McpServerToolAttribute), inherit: false)))
        {
            options.ToolCollection.Add(method.IsStatic ? McpServerTool.Create(method, (object?)null) : McpServerTool.Create(method, tools));
        }
    }
}
