namespace Orchestrator.Messaging.RabbitMq;

/// <summary>Where the broker of a cluster is.</summary>
public sealed class BrokerOptions
{
    private BrokerOptions(Uri address)
    {
        Address = address;
        var user = address.UserInfo.Split(':', 2);
        User = user[0].Length == 0 ? "guest" : Uri.UnescapeDataString(user[0]);
        Password = user.Length < 2 ? "guest" : Uri.UnescapeDataString(user[1]);
        Tls = address.Scheme == "amqps";
        Port = address.Port > 0 ? address.Port : Tls ? 5671 : 5672;
        VirtualHost = address.AbsolutePath.Length <= 1 ? "/" : Uri.UnescapeDataString(address.AbsolutePath[1..]);
    }

    /// <summary>The address as given; holds the password.</summary>
    internal Uri Address { get; }

    /// <summary>Machine.</summary>
    public string Host => Address.Host;

    /// <summary>Port; 5672 if none was given, 5671 with TLS.</summary>
    public int Port { get; }

    /// <summary>User name.</summary>
    public string User { get; }

    /// <summary>Virtual host.</summary>
    public string VirtualHost { get; }

    /// <summary>Whether the connection is encrypted (<c>amqps</c>).</summary>
    public bool Tls { get; }

    internal string Password { get; }

    /// <summary>Reads <c>amqp://user:password@host:port/vhost</c>. Throws <see cref="BrokerException"/> if it is something else; the message never holds the password.</summary>
    public static BrokerOptions Parse(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0
            ? new BrokerOptions(uri)
            : throw new BrokerException("the broker's address (--rabbitmq or ORCHESTRATOR_RABBITMQ) is not of the form amqp://user:password@host:port/vhost");

    /// <summary>For logs and errors: without the password.</summary>
    public override string ToString() => $"RabbitMQ at {Host}:{Port}, virtual host '{VirtualHost}', user '{User}'";
}

/// <summary>The broker cannot be used as it is; the message names what is wrong and the fix, never a password.</summary>
public sealed class BrokerException(string message, Exception? inner = null) : Exception(message, inner);
