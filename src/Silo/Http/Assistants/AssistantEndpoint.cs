using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Http.Assistants;

/// <summary>The Model Context Protocol over streamable HTTP. No sessions: any silo behind a proxy answers any request.</summary>
internal static class AssistantEndpoint
{
    private const string Path = "/mcp";

    public static void AddAssistants(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<OwnApi>();
        services.AddMcpServer().WithHttpTransport(http => http.Stateless = true);
        // Any of its tools may be asked for: what a token does not allow, the API refuses.
        services.AddOptions<McpServerOptions>().Configure<OwnApi, IHttpContextAccessor>((options, api, current) => AssistantServer.Configure(options, _ => new AssistantTools(api.For(current.HttpContext!), maySubmit: true)));
    }

    public static void MapAssistants(this IEndpointRouteBuilder routes) => routes.MapMcp(Path).ExcludeFromDescription().Needs(TokenScope.Read);
}
