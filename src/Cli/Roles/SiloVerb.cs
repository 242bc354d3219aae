using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Platform;
using Orchestrator.Results.Runs;
using Orchestrator.Silo;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Cli.Roles;

/// <summary><c>silo</c>: one of the control plane's processes in a cluster.</summary>
internal sealed class SiloVerb : Verb
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly RoleSetting _rabbitMq = RoleSettings.RabbitMq();
    private readonly RoleSetting _postgres = RoleSettings.Postgres();
    private readonly RoleSetting _artifacts = RoleSettings.Artifacts();
    private readonly RoleSetting _s3Endpoint = RoleSettings.S3Endpoint();
    private readonly RoleSetting _listen = new("listen", "URL", "HTTP address; any but loopback needs a token", "http://127.0.0.1:5080");
    private readonly RoleSetting _tokens = new("tokens", "FILE", "Tokens with scopes, made by 'token create --tokens FILE'; besides --token-file, or in its place");
    private readonly RoleSetting _publicUrl = new("public-url", "URL", "Where a proxy with TLS answers for the silos, as https://HOST: pages of that origin are the silo's own");
    private readonly RoleSetting _siloPort = new("silo-port", "N", "Port for other silos; the default is replaced by the next free one, 0 takes any", "11111");
    private readonly RoleSetting _gatewayPort = new("gateway-port", "N", "Port for Orleans clients; 0 takes any free one", "30000");
    private readonly RoleSetting _advertise = new("advertise", "IP", "Address at which other silos reach this one (default: loopback where --listen is, else this machine's own)");
    private readonly RoleSetting _cluster = new("cluster", "NAME", "Silos of one name and one database belong together", "orchestrator");
    private readonly RoleSetting _prometheus = new("prometheus", "BOOL", "Whether /metrics answers Prometheus, with the token if there is one", "false");
    private readonly RoleSetting _lease = new("lease", "SECONDS", "How long a worker may be silent before its runs are given to others", "90");

    public SiloVerb(CliServices services) : base(
        services, "silo", "Runs a silo of a cluster: the control plane, on RabbitMQ and PostgreSQL",
        "silo --rabbitmq amqp://orchestrator:secret@broker/orchestrator --postgres \"Host=db;Username=orchestrator;Password=secret;Database=orchestrator\" --artifacts /shared/artifacts # the first, or one more of the same cluster",
        "silo --listen http://0.0.0.0:5080 --token-file FILE # the rest from the environment or orchestrator.json")
    {
        foreach (var setting in new[] { _rabbitMq, _postgres, _artifacts, _s3Endpoint, _listen, _tokens, _publicUrl, _siloPort, _gatewayPort, _advertise, _cluster, _prometheus, _lease })
        {
            Add(setting);
        }
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var options = Read(arguments);
        var builder = HostConfiguration.CreateWebBuilder();
        RoleHost.Prepare(builder, Grace);
        ClusterSilo.Add(builder, options);
        builder.Services.AddSingleton<IHeadPictures, KernelPictures>();
        builder.Services.AddIsolatedQueries();
        await using var app = builder.Build();
        ControlPlane.Map(app);
        return await RoleHost.Run(app, () => Terminal.Note($"silo of cluster {options.Cluster}: listening on {options.Http}, silo port {options.SiloPort}, {options.Broker}"), cancellation);
    }

    private ClusterSiloOptions Read(ParseResult arguments)
    {
        var settings = new RoleSettings(arguments, Services);
        var listen = settings.Require(_listen);
        try
        {
            var book = settings.Find(_tokens) is { } file ? new TokenBook(Path.GetFullPath(file, Services.WorkingFolder)) : null;
            var http = HttpAccess.Parse(listen, arguments.ReadServer(Services).Token, book, settings.Find(_publicUrl));
            return new ClusterSiloOptions
            {
                Http = http,
                Broker = settings.Broker(_rabbitMq),
                Postgres = settings.Require(_postgres),
                Artifacts = settings.Store(_artifacts, _s3Endpoint),
                Cluster = settings.Require(_cluster),
                Advertise = Advertised(settings.Find(_advertise), http),
                SiloPort = Port(settings, _siloPort),
                GatewayPort = Port(settings, _gatewayPort),
                Prometheus = settings.Flag(_prometheus),
                Lease = settings.Seconds(_lease, 1, 3600),
            };
        }
        catch (ArgumentException wrong)
        {
            throw new CliException(ExitCode.Usage, wrong.Message, wrong);
        }
    }

    /// <summary>A port that was not asked for by number is replaced by the next free one: several silos on one machine are no special case.</summary>
    private static int Port(RoleSettings settings, RoleSetting setting)
    {
        var port = settings.Number(setting, 0, 65535)!.Value;
        return port == 0 ? FreePort.Any() : settings.Find(setting) == setting.Fallback ? FreePort.From(port) : port;
    }

    private static IPAddress Advertised(string? given, HttpAccess http)
    {
        if (given is not null)
        {
            return IPAddress.TryParse(given, out var address) ? address : throw new ArgumentException($"--advertise {given}: give an IP address");
        }
        return http.Listen.IsLoopback
            ? IPAddress.Loopback
            : Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
                ?? throw new ArgumentException("this machine's name has no IPv4 address that others reach: give one with --advertise");
    }
}
